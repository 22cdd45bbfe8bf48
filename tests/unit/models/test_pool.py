"""Many tracks as arrays: the table, and what every member says of every track in it."""

from dataclasses import replace

import numpy as np
import pytest

from models.catalogue_pool import TrackTable, feature_matrix, member_proba
from models.emotion import N_QUADRANTS, Modality, Quadrant, softmax
from models.fusion import Evidence
from models.personal import PARTS, Answer, CommitteePersonaliser, LogisticPersonaliser
from models.prediction.predictor import predict_population
from models.track import Track
from tests import small_models, small_service
from tests.fakes import N_FEATURES, features

AUDIO, LYRICS = Modality
SMALL = small_service.snapshot()


@pytest.fixture(scope="module", name="shared", params=["shipped", "with_cnn"])
def _shared(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module", name="tracks")
def _tracks(shared):
    return [
        *small_models.drawn_tracks(shared, 4),
        *small_models.drawn_tracks(shared, 3, without=LYRICS),
        *small_models.drawn_tracks(shared, 3, without=AUDIO),
    ]


@pytest.fixture(scope="module", name="personal")
def _personal(shared, tracks):
    answers = [Answer(track, Quadrant.Q2) for track in tracks[:6]]
    return CommitteePersonaliser(shared.committees).fit(answers)


def member_by_member(snapshot, track, personal):
    """What each member says of one track, the long way round."""
    n_algorithms, told = len(snapshot.committees[AUDIO].families), {}
    for modality, shared in track.population_prediction.member_logits.items():
        logits = shared[:, None]
        if personal is not None:
            logits = personal.member_logits(
                modality, track.features.vector(modality)[None], logits
            )
        said = softmax(logits).reshape(-1, 5, N_QUADRANTS)
        missing = n_algorithms - len(said)  # no cnn hears lyrics
        told[modality] = np.concatenate([*said, *[said.mean(axis=0)] * missing])
    return snapshot.fusions[snapshot.default_fusion].fuse(Evidence(told, {}))


@pytest.mark.parametrize("learner", [None, "personal"])
@pytest.mark.parametrize(
    ("fusion", "kept"), [("log_opinion", slice(10)), ("lyrics", slice(7, 10))]
)
def test_every_member_says_of_a_track_in_a_table_what_it_says_of_it_alone(  # noqa: PLR0913, PLR0917
    request, shared, tracks, learner, fusion, kept
):
    snapshot = replace(shared, fusions={"log_opinion": shared.fusions[fusion]})
    model = learner and request.getfixturevalue(learner)
    forwards, backwards = TrackTable.of(tracks[kept]), TrackTable.of(tracks[kept][::-1])

    proba = member_proba(snapshot, forwards, model)

    n_members = 5 * len(shared.committees[AUDIO].families)
    assert proba.shape == (n_members, len(tracks[kept]), N_QUADRANTS)
    for track in tracks[kept]:
        said = proba[:, forwards.track_ids.index(track.track_id)]
        assert said == pytest.approx(member_by_member(snapshot, track, model), abs=1e-5)
    assert forwards.track_ids == backwards.track_ids == tuple(sorted(forwards.track_ids))
    assert member_proba(snapshot, backwards, model) == pytest.approx(proba)


def test_more_tracks_than_are_judged_at_once_are_judged_alike():
    snapshot = small_service.snapshot()
    people = CommitteePersonaliser(snapshot.committees)
    many = [made(snapshot, f"{place:05}") for place in range(2_100)]
    personal = people.fit([Answer(many[0], Quadrant.Q1)])

    proba = member_proba(snapshot, TrackTable.of(many), personal)

    for place in (0, 2_047, 2_048, 2_099):
        alone = member_proba(snapshot, TrackTable.of([many[place]]), personal)
        assert proba[:, [place]] == pytest.approx(alone, abs=1e-6)


def made(snapshot, track_id, seed=0, **which):
    given = features(seed=seed, **which)
    return Track(track_id, given, predict_population(snapshot, given))


def test_a_listeners_level_and_taste_move_all_members_odds_alike(shared, tracks):
    lesson = small_models.drawn_tracks(shared, 60, seed=3)
    people = LogisticPersonaliser(shared.listener_model)
    personal = people.fit([Answer(track, Quadrant.Q3) for track in lesson])
    table = TrackTable.of(tracks)

    before, after = (member_proba(shared, table, model) for model in (None, personal))

    moved = np.log(after) - np.log(before)
    moved -= moved[..., :1]  # what makes a distribution sum to one is each member's own
    assert moved == pytest.approx(np.broadcast_to(moved[:1], moved.shape), abs=1e-4)
    parts = personal.log_parts(table.track_features, np.zeros((len(tracks), N_QUADRANTS)))
    own = parts[PARTS.index("level")] + parts[PARTS.index("taste")]
    assert moved[0] == pytest.approx(own - own[:, :1], abs=1e-4)
    assert (after[..., Quadrant.Q3.index] > before[..., Quadrant.Q3.index]).all()


def test_features_of_a_table_have_a_row_a_track_and_nan_for_what_it_lacks():
    both, heard, read = (
        made(SMALL, track_id, seed, **which)
        for seed, track_id, which in (
            (0, "b", {}),
            (1, "a", {"lyrics": False}),
            (2, "c", {"audio": False}),
        )
    )

    rows = feature_matrix(TrackTable.of([both, heard, read]), SMALL.committees)

    lacking = np.full(N_FEATURES, np.nan)
    expected = [
        [*heard.features.audio.vector, *lacking],
        [*both.features.audio.vector, *both.features.lyrics],
        [*lacking, *read.features.lyrics],
    ]
    assert rows.dtype == np.float32
    assert np.array_equal(rows, np.array(expected, np.float32), equal_nan=True)
    assert feature_matrix(TrackTable.of([heard]), SMALL.committees).shape == (1, N_FEATURES)
    assert feature_matrix(TrackTable.of([read]), SMALL.committees).shape == (1, N_FEATURES)


def test_a_networks_own_features_are_left_out():
    narrow = {m: replace(committee, n_common=2) for m, committee in SMALL.committees.items()}
    both = made(SMALL, "b")

    rows = feature_matrix(TrackTable.of([both]), narrow)

    given = both.features
    expected = [*given.vector(Modality.AUDIO)[:2], *given.vector(Modality.LYRICS)[:2]]
    assert rows.tolist() == [pytest.approx(expected)]
