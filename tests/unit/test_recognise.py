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
from models.errors import MissingModalityError, UnknownFusionError
from models.features.extraction import N_AUDIO_FEATURES
from models.fusion import FUSIONS
from models.notices import Notice
from models.personal import Answer, CommitteePersonaliser, LogisticPersonaliser
from models.personal.logistic import proba_in
from models.prediction.predictor import predict_population, recognise
from models.track import TrackFeatures
from tests import small

AUDIO, LYRICS = Modality


@pytest.fixture(scope="module", name="shared", params=["shipped", "with_cnn"])
def _shared(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module", name="tracks")
def _tracks(shared):
    """Four with both modalities, then three with audio, then three with lyrics."""
    return (
        small.drawn_tracks(shared, 4)
        + small.drawn_tracks(shared, 3, without=LYRICS)
        + small.drawn_tracks(shared, 3, without=AUDIO)
    )


def personal_after(shared, tracks, quadrant=Quadrant.Q3):
    answers = [Answer(track, quadrant) for track in tracks]
    return CommitteePersonaliser(shared.committees).fit(answers)


def read_out(shared, proba):
    """Return the readout of one distribution, moved into its likeliest quadrant."""
    mean, sd = shared.readout(proba[None])
    return in_quadrant(mean, proba[None].argmax(axis=1))[0], sd[0]


def recognised(shared, tracks, *, personal=None, fusion="log_opinion"):
    return recognise(shared, tracks, personal=personal, fusion=fusion)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_fusion_gives_distributions(shared, tracks, fusion):
    for heard in recognised(shared, tracks[:4], fusion=fusion):
        assert heard.proba.sum() == pytest.approx(1)
        assert (heard.proba >= 0).all()
        assert heard.fusion == fusion
        assert heard.entropy == pytest.approx(entropy(heard.proba))


def test_what_is_told_of_a_track_is_told_of_one_distribution(shared, tracks):
    for heard in recognised(shared, tracks):
        mean, sd = read_out(shared, heard.proba)
        assert heard.quadrant is QUADRANTS[heard.proba.argmax()]
        assert heard.is_ambiguous == (heard.proba.max() < AMBIGUOUS_BELOW)
        assert [heard.valence.mean, heard.arousal.mean] == pytest.approx(mean)
        assert [heard.valence.sd, heard.arousal.sd] == pytest.approx(sd)


def test_each_modality_a_track_has_says_something(shared, tracks):
    told = [set(heard.modalities) for heard in recognised(shared, tracks)]

    assert told == [{AUDIO, LYRICS}] * 4 + [{AUDIO}] * 3 + [{LYRICS}] * 3


@pytest.mark.parametrize("is_personal", [False, True])
@pytest.mark.parametrize("fusion", ["log_opinion", "average", "max_confidence"])
def test_many_tracks_are_recognised_as_each_alone(shared, tracks, fusion, is_personal):
    personal = [None, personal_after(shared, tracks[:5])][is_personal]
    mixed = [tracks[place] for place in (5, 0, 9, 3, 7, 1, 4, 8, 2, 6)]

    together = recognised(shared, mixed, personal=personal, fusion=fusion)

    for track, heard in zip(mixed, together, strict=True):
        (alone,) = recognised(shared, [track], personal=personal, fusion=fusion)
        assert heard.proba == pytest.approx(alone.proba, abs=1e-6)
        assert heard.is_personal == alone.is_personal
        assert len(heard.segments) == len(alone.segments)


def test_no_tracks_are_recognised_as_nothing(shared):
    assert recognised(shared, []) == []


@pytest.mark.parametrize("name", ["", "Average", "late"])
def test_an_unknown_fusion_is_refused_by_name(shared, tracks, name):
    with pytest.raises(UnknownFusionError) as refusal:
        recognised(shared, tracks, fusion=name)

    assert str(refusal.value).startswith(f"There is no fusion {name!r}; there are lyrics, audio, ")


@pytest.mark.parametrize(
    ("fusion", "missing"),
    [("audio", AUDIO), ("lyrics", LYRICS), ("early", AUDIO), ("random_forest", LYRICS)],
)
def test_a_fusion_that_lacks_what_it_needs_is_refused_with_what_it_lacks(shared, fusion, missing):
    tracks = small.drawn_tracks(shared, 1, without=missing)

    with pytest.raises(MissingModalityError) as refusal:
        recognised(shared, tracks, fusion=fusion)

    assert str(refusal.value) == f"The fusion {fusion} needs {missing}, which the track lacks."


def test_a_single_modality_is_its_committees_consensus(shared, tracks):
    for heard, track in zip(recognised(shared, tracks[:4], fusion="audio"), tracks, strict=False):
        logits = track.population_prediction.member_logits[AUDIO][:, None]
        assert heard.proba == pytest.approx(shared.committees[AUDIO].consensus(logits)[0])


def test_a_belief_is_the_same_whenever_it_is_made(shared, tracks):
    again = predict_population(shared, tracks[0].features)

    for modality in Modality:
        before = tracks[0].population_prediction.member_logits[modality]
        assert (again.member_logits[modality] == before).all()
    assert (again.segment_proba == tracks[0].population_prediction.segment_proba).all()


def test_a_belief_about_features_that_are_gone_is_an_error_with_the_tracks_name(shared, tracks):
    track = replace(tracks[0], features=TrackFeatures(None, tracks[0].features.lyrics))

    with pytest.raises(ValueError, match=track.track_id):
        recognised(shared, [track])


# The curve.


def test_there_is_a_stretch_of_curve_for_each_of_audio_and_none_without(shared, tracks):
    spans = [
        [(segment.start_s, segment.end_s) for segment in heard.segments]
        for heard in recognised(shared, tracks)
    ]

    assert spans == [[(0, 3), (3, 6)]] * 7 + [[]] * 3


@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_stretch_has_a_distribution_and_its_read_out(shared, tracks, fusion):
    for heard in recognised(shared, tracks[:4], fusion=fusion):
        for segment in heard.segments:
            mean, sd = read_out(shared, segment.proba)
            assert segment.proba.sum() == pytest.approx(1)
            assert [segment.valence.mean, segment.arousal.mean] == pytest.approx(mean)
            assert [segment.valence.sd, segment.arousal.sd] == pytest.approx(sd)


def test_by_audio_alone_the_curve_is_what_the_committee_says_along_the_track(shared, tracks):
    for heard, track in zip(recognised(shared, tracks[:4], fusion="audio"), tracks, strict=False):
        curve = np.stack([segment.proba for segment in heard.segments])
        assert curve == pytest.approx(track.population_prediction.segment_proba, abs=1e-6)


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


# Whose model had a say.


def test_for_nobody_in_particular_nothing_is_personal(shared, tracks):
    assert not any(heard.is_personal for heard in recognised(shared, tracks))


def test_answers_about_both_modalities_change_every_track(shared, tracks):
    personal = personal_after(shared, tracks[:4])

    assert all(heard.is_personal for heard in recognised(shared, tracks, personal=personal))


def test_answers_about_lyrics_alone_change_only_tracks_that_have_lyrics(shared, tracks):
    personal = personal_after(shared, tracks[7:])

    told = [heard.is_personal for heard in recognised(shared, tracks, personal=personal)]

    assert told == [True] * 4 + [False] * 3 + [True] * 3


@pytest.mark.parametrize("fusion", ["early", "audio"])
def test_a_fusion_that_does_not_look_at_what_was_learnt_is_not_personal(shared, tracks, fusion):
    personal = personal_after(shared, tracks[7:])

    before = recognised(shared, tracks[:4], fusion=fusion)
    after = recognised(shared, tracks[:4], personal=personal, fusion=fusion)

    assert not any(heard.is_personal for heard in after)
    for was, now in zip(before, after, strict=True):
        assert (now.proba == was.proba).all()


def test_is_personal_says_whether_the_distribution_is_another(shared, tracks):
    personal = personal_after(shared, tracks[4:7])

    for fusion in FUSIONS:
        before = recognised(shared, tracks[:4], fusion=fusion)
        after = recognised(shared, tracks[:4], personal=personal, fusion=fusion)
        for was, now in zip(before, after, strict=True):
            assert now.is_personal == (now.proba != was.proba).any()


# A network's numbers.


def test_what_a_network_hears_is_nothing_to_a_fusion_of_features(with_cnn):
    (track,) = small.drawn_tracks(with_cnn, 1)
    audio = track.features.audio
    louder = np.concatenate([audio.vector[:N_AUDIO_FEATURES], 3 * audio.vector[N_AUDIO_FEATURES:]])
    features = replace(track.features, audio=replace(audio, vector=louder))
    other = replace(
        track, features=features, population_prediction=predict_population(with_cnn, features)
    )

    told = {
        fusion: [recognised(with_cnn, [each], fusion=fusion)[0].proba for each in (track, other)]
        for fusion in ("early", "audio")
    }

    assert (told["early"][0] == told["early"][1]).all()
    assert (told["audio"][0] != told["audio"][1]).any()


def test_a_network_has_a_say_in_the_curve(with_cnn):
    (track,) = small.drawn_tracks(with_cnn, 1)
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


# Sets, and where an answer comes from.


def test_a_set_holds_the_likeliest_first(shared, tracks):
    for heard in recognised(shared, tracks):
        limit = shared.limits[frozenset(heard.modalities)]
        assert heard.likely[0] is heard.quadrant
        inside = [heard.proba[q.index] for q in heard.likely]
        assert inside == sorted(inside, reverse=True)
        outside = [heard.proba[q.index] for q in QUADRANTS if q not in heard.likely]
        assert all(p >= 1 - limit for p in inside[1 + heard.is_ambiguous :])
        assert all(p < 1 - limit for p in outside)


def test_a_fusion_whose_coverage_is_not_known_has_no_sets(shared, tracks):
    assert all(h.likely is None for h in recognised(shared, tracks[:4], fusion="average"))


def test_who_taught_a_committee_gets_no_sets(shared, tracks):
    personal = personal_after(shared, tracks[:4])

    assert all(h.likely is None for h in recognised(shared, tracks, personal=personal))


def parts_add_up(heard):
    added = sum(part.log_odds for part in heard.why.values())
    log_proba = np.log(heard.proba)
    assert added == pytest.approx(log_proba - log_proba.mean(), abs=1e-6)
    assert sum(part.share for part in heard.why.values()) == pytest.approx(1)


MODELS = {
    "shared models": lambda _: None,
    "newcomer": lambda shared: shared.listener_model.newcomer,
    "logistic": lambda shared: listener_after(shared, small.drawn_tracks(shared, 60)),
    "committee": lambda shared: personal_after(shared, small.drawn_tracks(shared, 10)),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("fusion", ["log_opinion", "average", "random_forest"])
def test_point_and_stretches_lie_in_their_quadrants_and_parts_add_up(shared, model, fusion):
    asked = small.drawn_tracks(shared, 40, seed=7)
    votes = np.random.default_rng(1).poisson(0.7, (len(asked), 4)).astype(float)
    personal = MODELS[model](shared)

    for heard in recognise(shared, asked, personal=personal, fusion=fusion, votes=votes):
        assert quadrant_of(heard.valence.mean, heard.arousal.mean) is heard.quadrant
        parts_add_up(heard)
        for segment in heard.segments:
            likeliest = QUADRANTS[segment.proba.argmax()]
            assert quadrant_of(segment.valence.mean, segment.arousal.mean) is likeliest


@pytest.mark.parametrize("model", ["shared models", "newcomer"])
def test_a_stretch_that_sounds_like_the_whole_is_told_the_same(shared, model):
    (track,) = small.drawn_tracks(shared, 1)
    logits = track.population_prediction.member_logits[AUDIO][:, None]
    whole = shared.committees[AUDIO].consensus(logits)
    track = replace(
        track,
        population_prediction=replace(
            track.population_prediction, segment_proba=np.repeat(whole, 2, axis=0)
        ),
    )
    votes = np.array([[0.0, 3, 0, 1]])

    (heard,) = recognise(
        shared, [track], personal=MODELS[model](shared), fusion="log_opinion", votes=votes
    )

    for segment in heard.segments:
        assert segment.proba == pytest.approx(heard.proba, abs=1e-6)
        assert segment.valence.mean == pytest.approx(heard.valence.mean, abs=1e-6)
        assert segment.arousal.sd == pytest.approx(heard.arousal.sd, abs=1e-6)


@pytest.mark.parametrize("n_votes", [0, 4])
def test_to_newcomers_level_and_taste_add_exactly_nothing(shared, tracks, n_votes):
    votes = np.tile([0.0, n_votes, 0, 0], (len(tracks), 1))

    for heard in recognise(
        shared, tracks, personal=shared.listener_model.newcomer, fusion="log_opinion", votes=votes
    ):
        for part in ("level", "taste"):
            assert [repr(each) for each in heard.why[part].log_odds.tolist()] == ["0.0"] * 4
            assert heard.why[part].share == 0
        assert (heard.why["others"].share > 0) == (n_votes > 0)
        parts_add_up(heard)


def test_what_was_sent_and_not_used_is_told(shared):
    (track,) = small.drawn_tracks(shared, 1, without=LYRICS)
    notice = Notice("lyrics_language", "The lyrics are Spanish, which no encoder here reads.")
    unread = replace(track, features=replace(track.features, notices=(notice,)))

    before, after = recognised(shared, [track, unread])

    assert (before.notices, after.notices) == ((), (notice,))
    assert (before.modalities.keys(), after.modalities[LYRICS]) == ({AUDIO}, None)
    assert (after.proba == before.proba).all()


def test_features_that_are_stale_are_told_and_leave_modalities_as_they_are(shared):
    (track,) = small.drawn_tracks(shared, 1)
    notice = Notice("stale_features", "The features are those of another snapshot.")
    stale = replace(track, features=replace(track.features, notices=(notice,)))

    (heard,) = recognised(shared, [stale])

    assert heard.notices == (notice,)
    assert all(said is not None for said in heard.modalities.values())


def test_for_nobody_in_particular_all_comes_from_the_shared_models(shared, tracks):
    for heard in recognised(shared, tracks):
        parts_add_up(heard)
        assert heard.why["population"].share == 1


def test_what_a_committee_was_taught_is_taste(shared, tracks):
    personal = personal_after(shared, tracks[:4])

    for heard in recognised(shared, tracks, personal=personal):
        parts_add_up(heard)
        assert heard.why["taste"].share > 0


# The logistic model.


def listener_after(shared, tracks, quadrant=Quadrant.Q3):
    answers = [Answer(track, quadrant) for track in tracks]
    return LogisticPersonaliser(shared.listener_model).fit(answers)


def test_who_always_says_the_same_is_told_so_more_surely(shared):
    lesson, asked = small.drawn_tracks(shared, 60), small.drawn_tracks(shared, 10, seed=5)
    personal = listener_after(shared, lesson)
    place = Quadrant.Q3.index

    newcomer = recognised(shared, asked, personal=shared.listener_model.newcomer)
    after = recognised(shared, asked, personal=personal)

    assert personal.is_used
    for was, now in zip(newcomer, after, strict=True):
        parts_add_up(now)
        assert now.is_personal
        assert not was.is_personal
        assert now.proba[place] > was.proba[place]
        assert now.why["level"].log_odds.argmax() == place


def test_votes_of_others_are_a_part_of_the_answer(shared, tracks):
    votes = np.zeros((len(tracks), 4))
    votes[0, Quadrant.Q2.index] = 5

    without, told = (
        recognise(
            shared,
            tracks,
            personal=shared.listener_model.newcomer,
            fusion="log_opinion",
            votes=given,
        )
        for given in (None, votes)
    )

    assert told[0].proba[Quadrant.Q2.index] > without[0].proba[Quadrant.Q2.index]
    assert told[0].why["others"].share > 0
    for was, now in zip(without[1:], told[1:], strict=True):
        assert (was.proba == now.proba).all()
        assert now.why["others"].share == 0


def test_a_track_without_a_recording_has_no_taste(shared, tracks):
    personal = listener_after(shared, small.drawn_tracks(shared, 60))

    heard = recognised(shared, tracks, personal=personal)

    assert [h.why["taste"].share == 0 for h in heard] == [False] * 7 + [True] * 3
    assert all(h.why["level"].share > 0 for h in heard)


def test_the_fusion_that_is_asked_for_is_what_the_logistic_model_starts_from(shared, tracks):
    population_model = shared.listener_model.newcomer

    by_audio, by_lyrics = (
        recognised(shared, tracks[:1], personal=population_model, fusion=fusion)[0]
        for fusion in ("audio", "lyrics")
    )

    for heard, fusion in ((by_audio, "audio"), (by_lyrics, "lyrics")):
        (plain,) = recognised(shared, tracks[:1], fusion=fusion)
        expected = shared.listener_model.prior.population(np.log(plain.proba))
        assert np.log(heard.proba) == pytest.approx(expected, abs=1e-6)


def test_a_sketch_is_what_the_default_fusion_says(shared, tracks):
    for track, heard in zip(tracks, recognised(shared, tracks), strict=True):
        held = proba_in(track.population_prediction.sketch[None])[0]
        assert held == pytest.approx(heard.proba, abs=1e-6)
