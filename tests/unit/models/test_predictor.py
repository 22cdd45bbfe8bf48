"""What a track feels like: distributions, curve, and whose model had a say."""

from dataclasses import replace

import numpy as np
import pytest

from models.emotion import (
    AMBIGUOUS_BELOW,
    QUADRANTS,
    Modality,
    Quadrant,
    entropy,
    in_quadrant,
    quadrant_of,
)
from models.errors import UnknownFusionError
from models.features.extraction import N_AUDIO_FEATURES
from models.fusion import FUSIONS
from models.personal import Answer, CommitteePersonaliser, LogisticPersonaliser
from models.prediction.predictor import predict_all, predict_population
from models.track import TrackFeatures
from tests import small_models

AUDIO, LYRICS = Modality


@pytest.fixture(scope="module", name="shared", params=["shipped", "with_cnn"])
def _shared(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module", name="tracks")
def _tracks(shared):
    """Four with both modalities, then three with audio, then three with lyrics."""
    return (
        small_models.drawn_tracks(shared, 4)
        + small_models.drawn_tracks(shared, 3, without=LYRICS)
        + small_models.drawn_tracks(shared, 3, without=AUDIO)
    )


@pytest.fixture(scope="module", name="models")
def _models(shared):
    """Personal models by name; the last two learnt that everything is Q3."""
    lesson = [Answer(track, Quadrant.Q3) for track in small_models.drawn_tracks(shared, 60)]
    return {
        "shared models": None,
        "newcomer": shared.listener_model.newcomer,
        "logistic": LogisticPersonaliser(shared.listener_model).fit(lesson),
        "committee": CommitteePersonaliser(shared.committees).fit(lesson[:10]),
    }


@pytest.fixture(scope="module", name="asked")
def _asked(shared):
    return small_models.drawn_tracks(shared, 12, seed=7)


def personal_after(shared, tracks):
    answers = [Answer(track, Quadrant.Q3) for track in tracks]
    return CommitteePersonaliser(shared.committees).fit(answers)


def recognised(shared, tracks, *, personal=None, fusion="log_opinion", votes=None):
    return predict_all(shared, tracks, personal=personal, fusion=fusion, votes=votes)


def test_an_unknown_fusion_is_refused_by_name(shared, tracks):
    with pytest.raises(UnknownFusionError, match="There is no fusion 'late'; there are lyrics, "):
        recognised(shared, tracks, fusion="late")


def test_a_belief_about_features_that_are_gone_is_an_error_with_the_tracks_name(shared, tracks):
    track = replace(tracks[0], features=TrackFeatures(None, tracks[0].features.lyrics))

    with pytest.raises(ValueError, match=track.track_id):
        recognised(shared, [track])


def test_what_is_told_of_a_track_is_of_the_modalities_it_has(shared, tracks):
    message = recognised(shared, tracks)

    spans = [[(each.start_s, each.end_s) for each in heard.segments] for heard in message]
    assert spans == [[(0, 3), (3, 6)]] * 7 + [[]] * 3
    modalities = [set(heard.modalities) for heard in message]
    assert modalities == [{AUDIO, LYRICS}] * 4 + [{AUDIO}] * 3 + [{LYRICS}] * 3
    assert recognised(shared, []) == []


def test_what_lyrics_and_listener_change_they_change_along_the_whole_track(shared, tracks):
    personal = personal_after(shared, tracks[:2])

    (before,) = recognised(shared, tracks[:1], fusion="audio")
    (after,) = recognised(shared, tracks[:1], personal=personal)

    whole = np.log(after.proba) - np.log(before.proba)
    for segment, was in zip(after.segments, before.segments, strict=True):
        here = np.log(segment.proba) - np.log(was.proba)
        # The same change of odds: apart from what makes a distribution sum to one.
        assert here - here[0] == pytest.approx(whole - whole[0], abs=1e-6)


def test_a_certain_verdict_leaves_no_stretch_without_a_distribution(shared, tracks):
    certain = np.eye(4)[[0, 3]]
    population_prediction = replace(tracks[0].population_prediction, segment_proba=certain)

    (heard,) = recognised(
        shared,
        [replace(tracks[0], population_prediction=population_prediction)],
        fusion="random_forest",
    )

    curve = np.stack([segment.proba for segment in heard.segments])
    assert np.isfinite(curve).all()
    assert curve.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("learnt_from", [slice(4), slice(4, 7), slice(7, 10)], ids=str)
def test_is_personal_says_whether_the_distribution_is_another(shared, tracks, learnt_from):
    personal = personal_after(shared, tracks[learnt_from])

    for fusion in FUSIONS:
        before = recognised(shared, tracks[:4], fusion=fusion)
        after = recognised(shared, tracks[:4], personal=personal, fusion=fusion)
        assert not any(heard.is_personal for heard in before)
        for was, now in zip(before, after, strict=True):
            assert now.is_personal == (now.proba != was.proba).any()


def test_what_a_network_hears_is_nothing_to_a_fusion_of_features(with_cnn):
    (track,) = small_models.drawn_tracks(with_cnn, 1)
    audio = track.features.audio
    louder = np.concatenate([audio.vector[:N_AUDIO_FEATURES], 3 * audio.vector[N_AUDIO_FEATURES:]])
    features = replace(track.features, audio=replace(audio, vector=louder))
    other = replace(
        track, features=features, population_prediction=predict_population(with_cnn, features)
    )

    message = {
        fusion: [recognised(with_cnn, [each], fusion=fusion)[0].proba for each in (track, other)]
        for fusion in ("early", "audio")
    }

    assert (message["early"][0] == message["early"][1]).all()
    assert (message["audio"][0] != message["audio"][1]).any()


def test_a_network_has_a_say_in_the_curve(with_cnn):
    (track,) = small_models.drawn_tracks(with_cnn, 1)
    audio = track.features.audio
    stretches = audio.segments.copy()
    stretches[0, N_AUDIO_FEATURES:] *= 3
    features = replace(track.features, audio=replace(audio, segments=stretches))

    population_prediction = predict_population(with_cnn, features)

    assert (
        population_prediction.segment_proba[0] != track.population_prediction.segment_proba[0]
    ).any()
    assert (
        population_prediction.segment_proba[1] == track.population_prediction.segment_proba[1]
    ).all()


def test_a_set_holds_the_likeliest_first(shared, tracks):
    for heard in recognised(shared, tracks):
        limit = shared.limits[frozenset(heard.modalities)]
        assert heard.likely[0] is heard.quadrant
        inside = [heard.proba[q.index] for q in heard.likely]
        assert inside == sorted(inside, reverse=True)
        outside = [heard.proba[q.index] for q in QUADRANTS if q not in heard.likely]
        assert all(p >= 1 - limit for p in inside[1 + heard.is_ambiguous :])
        assert all(p < 1 - limit for p in outside)


def test_where_the_coverage_is_not_known_there_are_no_sets(shared, tracks):
    taught = recognised(shared, tracks, personal=personal_after(shared, tracks[:4]))
    otherwise_fused = recognised(shared, tracks[:4], fusion="average")

    assert all(heard.likely is None for heard in [*taught, *otherwise_fused])


def parts_add_up(heard):
    added = sum(part.log_odds for part in heard.why.values())
    log_proba = np.log(heard.proba)
    assert added == pytest.approx(log_proba - log_proba.mean(), abs=1e-6)
    assert sum(part.share for part in heard.why.values()) == pytest.approx(1)


USED = {
    "shared models": {"population"},
    "newcomer": {"population", "others"},
    "logistic": {"population", "others", "level", "taste"},
    "committee": {"population", "taste"},
}


@pytest.mark.parametrize("model", USED)
@pytest.mark.parametrize("fusion", FUSIONS)
def test_all_that_is_told_of_a_track_agrees(shared, asked, models, model, fusion):
    votes = np.random.default_rng(1).poisson(0.7, (len(asked), 4)).astype(float)

    message = recognised(shared, asked, personal=models[model], fusion=fusion, votes=votes)

    for heard in message:
        assert heard.fusion == fusion
        assert heard.proba.sum() == pytest.approx(1)
        assert heard.quadrant is QUADRANTS[heard.proba.argmax()]
        assert quadrant_of(heard.valence.mean, heard.arousal.mean) is heard.quadrant
        assert heard.is_ambiguous == (heard.proba.max() < AMBIGUOUS_BELOW)
        assert heard.entropy == pytest.approx(entropy(heard.proba))
        parts_add_up(heard)
        for segment in heard.segments:
            likeliest = QUADRANTS[segment.proba.argmax()]
            assert segment.proba.sum() == pytest.approx(1)
            assert quadrant_of(segment.valence.mean, segment.arousal.mean) is likeliest


def test_points_are_read_out_of_their_distributions(shared, tracks):
    heard = recognised(shared, tracks)
    message = [*heard, *(segment for each in heard for segment in each.segments)]
    proba = np.stack([each.proba for each in message])

    mean, sd = shared.readout(proba)

    points = np.array([[each.valence.mean, each.arousal.mean] for each in message])
    assert points == pytest.approx(in_quadrant(mean, proba.argmax(axis=1)))
    assert np.array([[each.valence.sd, each.arousal.sd] for each in message]) == pytest.approx(sd)


@pytest.mark.parametrize("model", USED)
def test_only_parts_that_were_used_have_a_share(shared, tracks, models, model):
    votes = np.tile([0.0, 4, 0, 0], (4, 1))

    message = recognised(shared, tracks[:4], personal=models[model], votes=votes)

    for heard in message:
        assert {name for name, part in heard.why.items() if part.share > 0} == USED[model]


@pytest.mark.parametrize("model", ["shared models", "newcomer"])
def test_a_stretch_that_sounds_like_the_whole_is_told_the_same(shared, models, model):
    (track,) = small_models.drawn_tracks(shared, 1)
    logits = track.population_prediction.member_logits[AUDIO][:, None]
    whole = shared.committees[AUDIO].consensus(logits)
    track = replace(
        track,
        population_prediction=replace(
            track.population_prediction, segment_proba=np.repeat(whole, 2, axis=0)
        ),
    )
    votes = np.array([[0.0, 3, 0, 1]])

    (heard,) = recognised(shared, [track], personal=models[model], votes=votes)

    for segment in heard.segments:
        assert segment.proba == pytest.approx(heard.proba, abs=1e-6)
        assert segment.valence.mean == pytest.approx(heard.valence.mean, abs=1e-6)
        assert segment.arousal.sd == pytest.approx(heard.arousal.sd, abs=1e-6)


def test_a_track_without_a_recording_has_no_taste(shared, tracks, models):
    heard = recognised(shared, tracks, personal=models["logistic"])

    assert [h.why["taste"].share == 0 for h in heard] == [False] * 7 + [True] * 3
    assert all(h.why["level"].share > 0 for h in heard)


@pytest.mark.parametrize("fusion", ["audio", "lyrics"])
def test_the_logistic_model_starts_from_the_fusion_that_is_asked_for(shared, tracks, fusion):
    population_model = shared.listener_model.newcomer

    (heard,) = recognised(shared, tracks[:1], personal=population_model, fusion=fusion)

    (plain,) = recognised(shared, tracks[:1], fusion=fusion)
    expected = shared.listener_model.prior.population(np.log(plain.proba))
    assert np.log(heard.proba) == pytest.approx(expected, abs=1e-6)
