"""What an earlier snapshot said of a track, as the present one answers with it."""

from dataclasses import replace

import numpy as np
import pytest

from models.catalogue_pool import TrackTable, feature_matrix, member_proba
from models.committee import sharpen
from models.emotion import Modality, Quadrant, softmax
from models.errors import MissingFeaturesError, MissingModalityError
from models.personal import Answer, CommitteePersonaliser
from models.personal.logistic import components_in, proba_in
from models.prediction.earlier_snapshot import Timing, earlier_features, predict_from_earlier
from models.prediction.predictor import predict_all
from models.track import PopulationPrediction, Track
from tests import small_models

AUDIO, LYRICS = Modality
SETS = [[AUDIO], [LYRICS], [AUDIO, LYRICS]]
N_TRACKS = 6


def said_earlier(*modalities, n_members=7, seed=0):
    """A judgement of some other number of members, and a sketch of other columns."""
    rng = np.random.default_rng(seed)
    logits = {m: rng.normal(0, 2, (n_members, 4)) for m in modalities}
    along = rng.dirichlet(np.ones(4), 2 if AUDIO in modalities else 0)
    return PopulationPrediction(logits, along, np.zeros(3, np.float32))


def stale_track(snapshot, track_id, said):
    starts_s = np.array([0, 3], np.float32)
    features = earlier_features("old", said.member_logits, Timing(starts_s, starts_s + 3, 6.0))
    message = predict_from_earlier(
        snapshot, {m: each[:, None] for m, each in said.member_logits.items()}
    )
    logits = {m: each[:, 0] for m, each in message.member_logits.items()}
    return Track(
        track_id,
        features,
        PopulationPrediction(logits, said.segment_proba, message.track_features[0]),
    )


@pytest.fixture(scope="module", name="fresh")
def _fresh(shipped):
    return small_models.drawn_tracks(shipped, N_TRACKS)


@pytest.fixture(scope="module", name="stale")
def _stale(shipped):
    return [
        stale_track(shipped, f"stale-{place}", said_earlier(*SETS[place % 3], seed=place))
        for place in range(N_TRACKS)
    ]


def recognised(snapshot, tracks, personal=None, fusion=None):
    fusion = fusion or snapshot.default_fusion
    return predict_all(snapshot, tracks, personal=personal, fusion=fusion)


@pytest.mark.parametrize("n_members", [1, 7, 40])
def test_each_modality_says_what_the_earlier_members_said_on_average(shipped, n_members):
    said = said_earlier(AUDIO, LYRICS, n_members=n_members)

    (message,) = recognised(shipped, [stale_track(shipped, "t", said)])

    for modality in Modality:
        mean = softmax(said.member_logits[modality]).mean(axis=0)
        expected = sharpen(mean, shipped.committees[modality].sharpness)
        np.testing.assert_allclose(message.modalities[modality], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("has", "lacks"), [([AUDIO], LYRICS), ([LYRICS], AUDIO), ([AUDIO, LYRICS], None)], ids=str
)
def test_a_track_is_answered_as_one_whose_present_members_agree_in_it(shipped, has, lacks):
    stale = stale_track(shipped, "t", said_earlier(*has))
    (drawn,) = small_models.drawn_tracks(shipped, 1, without=lacks)

    message, expected = recognised(
        shipped, [stale, replace(drawn, population_prediction=stale.population_prediction)]
    )

    np.testing.assert_allclose(message.proba, expected.proba, atol=1e-9)
    assert (message.valence, message.arousal) == (expected.valence, expected.arousal)
    assert [each.valence for each in message.segments] == [
        each.valence for each in expected.segments
    ]
    assert len(message.segments) == len(stale.population_prediction.segment_proba)
    assert (message.likely is None, expected.likely is None) == (
        True,
        False,
    )  # the coverage is not known
    np.testing.assert_allclose(proba_in(stale.sketch[None]), message.proba[None], atol=1e-6)
    assert not components_in(stale.sketch[None]).any()


def test_many_are_restated_at_once_as_one_by_one(shipped):
    said = [said_earlier(AUDIO, LYRICS, seed=seed).member_logits for seed in range(N_TRACKS)]

    together = predict_from_earlier(
        shipped, {m: np.stack([e[m] for e in said], axis=1) for m in Modality}
    )

    for place, each in enumerate(said):
        alone = predict_from_earlier(shipped, {m: logits[:, None] for m, logits in each.items()})
        np.testing.assert_array_equal(together.track_features[place], alone.track_features[0])
        for modality in Modality:
            np.testing.assert_array_equal(
                together.member_logits[modality][:, place], alone.member_logits[modality][:, 0]
            )


def test_a_fusion_of_features_names_what_it_lacks_and_every_other_answers(shipped):
    track = stale_track(shipped, "t", said_earlier(AUDIO, LYRICS))

    for name in shipped.fusions.keys() - {"early"}:
        assert recognised(shipped, [track], fusion=name)[0].proba.sum() == pytest.approx(1)
    with pytest.raises(MissingFeaturesError, match="reembed"):
        recognised(shipped, [track], fusion="early")
    with pytest.raises(MissingModalityError, match="which the track lacks"):
        recognised(shipped, [stale_track(shipped, "t", said_earlier(AUDIO))], fusion="early")


@pytest.mark.parametrize("algorithm", ["committee", "committee-newest"])
def test_a_committee_learns_what_it_would_learn_without_it(shipped, fresh, stale, algorithm):
    personaliser = CommitteePersonaliser(shipped.committees, algorithm)
    answers = [Answer(track, Quadrant.Q2) for track in fresh]
    more = [Answer(track, Quadrant.Q3) for track in stale]

    without, with_them = personaliser.fit(answers), personaliser.fit([*answers, *more])

    for one, other in zip(
        recognised(shipped, fresh, without), recognised(shipped, fresh, with_them), strict=True
    ):
        np.testing.assert_array_equal(one.proba, other.proba)
    assert not personaliser.fit(more).is_used


def test_a_listeners_committee_says_of_it_what_it_says_to_everybody(shipped, fresh, stale):
    hers = taught(shipped, fresh)
    mixed = [track for pair in zip(fresh, stale, strict=True) for track in pair]

    message, everybodys = recognised(shipped, mixed, hers)[1::2], recognised(shipped, stale)

    for one, other in zip(message, everybodys, strict=True):
        np.testing.assert_array_equal(one.proba, other.proba)
        assert not one.is_personal


def nobodys(snapshot, tracks):
    del snapshot, tracks


def taught(snapshot, tracks):
    personaliser = CommitteePersonaliser(snapshot.committees)
    return personaliser.fit([Answer(track, Quadrant.Q2) for track in tracks])


@pytest.mark.parametrize("model_of", [nobodys, taught])
def test_a_table_has_what_its_members_said_beside_what_others_say(shipped, fresh, stale, model_of):
    hers = model_of(shipped, fresh)
    table = TrackTable.of([*fresh, *stale])

    proba = member_proba(shipped, table, hers)
    features = feature_matrix(table, shipped.committees)

    rows = {track_id: place for place, track_id in enumerate(table.track_ids)}
    apart = member_proba(shipped, TrackTable.of(fresh), hers)
    theirs = [rows[track.track_id] for track in sorted(fresh, key=lambda each: each.track_id)]
    np.testing.assert_allclose(proba[:, theirs], apart, atol=1e-6)
    for track in stale:
        said = proba[:, rows[track.track_id]]
        np.testing.assert_allclose(said, np.tile(said[:1], (len(said), 1)), atol=1e-12)
        assert said.sum(axis=1) == pytest.approx(1)
        assert np.isnan(features[rows[track.track_id]]).all()
    assert not np.isnan(features[theirs]).any()
    apart = member_proba(shipped, TrackTable.of(stale), hers)
    np.testing.assert_allclose(apart.sum(axis=2), 1)
