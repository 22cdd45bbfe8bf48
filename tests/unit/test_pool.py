"""Many tracks as arrays: the table, and what every member says of every track in it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue_pool import TrackTable, member_proba
from models.emotion import N_QUADRANTS, Modality, Quadrant, softmax
from models.fusion import Evidence
from models.personal import PARTS, Answer, CommitteePersonaliser, LogisticPersonaliser
from models.prediction.predictor import predict_population, recognise
from models.track import Track
from tests import house, small
from tests.fakes import features

AUDIO, LYRICS = Modality
IDS = st.sampled_from(["a", "b", "c", "d", "e"])


@pytest.fixture(scope="module", name="shared", params=["shipped", "with_cnn"])
def _shared(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module", name="tracks")
def _tracks(shared):
    return [
        *small.drawn_tracks(shared, 4),
        *small.drawn_tracks(shared, 3, without=LYRICS),
        *small.drawn_tracks(shared, 3, without=AUDIO),
    ]


@pytest.fixture(scope="module", name="personal")
def _personal(shared, tracks):
    answers = [Answer(track, Quadrant.Q2) for track in tracks[:6]]
    return CommitteePersonaliser(shared.committees).fit(answers)


def member_by_member(snapshot, track, personal):
    """What each member says of one track, the long way round."""
    told = {}
    for modality, shared in track.population_prediction.member_logits.items():
        logits = shared[:, None]
        told[modality] = softmax(logits)[:, 0]
        if personal is not None:
            vector = track.features.vector(modality)[None]
            told[modality] = softmax(personal.member_logits(modality, vector, logits))[:, 0]
    if {len(proba) for proba in told.values()} == {20, 25}:  # no cnn hears lyrics
        lyrics = told[LYRICS].reshape(4, 5, N_QUADRANTS)
        told[LYRICS] = np.concatenate([*lyrics, lyrics.mean(axis=0)])
    return snapshot.fusions[snapshot.default_fusion].fuse(Evidence(told, {}))


@pytest.mark.parametrize("is_personal", [False, True])
def test_every_member_says_of_a_track_in_a_table_what_it_says_of_it_alone(
    shared, tracks, personal, is_personal
):
    table = TrackTable.of(tracks)
    model = [None, personal][is_personal]

    proba = member_proba(shared, table, model)

    n_members = 5 * len(shared.committees[AUDIO].families)
    assert proba.shape == (n_members, len(tracks), N_QUADRANTS)
    assert proba.sum(axis=2) == pytest.approx(1)
    by_id = {
        track.track_id: track
        for track in tracks
        if AUDIO in track.population_prediction.member_logits
    }
    places = {track_id: place for place, track_id in enumerate(table.track_ids)}
    for track_id, track in by_id.items():
        alone = member_by_member(shared, track, model)
        assert proba[:, places[track_id]] == pytest.approx(alone, abs=1e-5)


@pytest.mark.parametrize("is_personal", [False, True])
def test_of_lyrics_alone_the_members_mean_is_the_lyrics_committees(
    shared, tracks, personal, is_personal
):
    table = TrackTable.of(tracks[7:])
    model = [None, personal][is_personal]

    proba = member_proba(shared, table, model)

    fusion = shared.fusions["lyrics"]
    for track in tracks[7:]:
        told = member_by_member(replace(shared, fusions={"log_opinion": fusion}), track, model)
        alone = member_proba(replace(shared, fusions={"log_opinion": fusion}), table, model)
        place = table.track_ids.index(track.track_id)
        assert alone[:, place].mean(axis=0) == pytest.approx(told.mean(axis=0), abs=1e-5)
    assert proba.shape[1] == 3


def test_the_members_of_a_table_are_those_who_recognise(shared, tracks, personal):
    # What recognises a track with audio alone is its members' consensus.
    audio = tracks[4:7]

    heard = recognise(shared, audio, personal=personal, fusion="audio")

    committee = shared.committees[AUDIO]
    column = TrackTable.of(audio).columns[AUDIO]
    members = personal.member_logits(AUDIO, column.features, column.shared)
    assert np.stack([each.proba for each in heard]) == pytest.approx(committee.consensus(members))


def test_the_order_in_which_tracks_came_does_not_matter(shared, tracks):
    forwards, backwards = TrackTable.of(tracks), TrackTable.of(tracks[::-1])

    assert forwards.track_ids == backwards.track_ids == tuple(sorted(forwards.track_ids))
    proba = member_proba(shared, forwards, None)
    assert member_proba(shared, backwards, None) == pytest.approx(proba)


def test_what_is_remembered_of_a_table_is_not_told_of_another(shared, tracks):
    one, other = TrackTable.of(tracks[:2]), TrackTable.of(tracks[2:4])

    said = [member_proba(shared, table, None) for table in (one, other, one)]

    assert (said[0] == said[2]).all()
    assert (said[0] != said[1]).any()


def test_what_is_remembered_cannot_be_written_to(shared, tracks):
    proba = member_proba(shared, TrackTable.of(tracks), None)

    with pytest.raises(ValueError, match="read-only"):
        proba[:] = 0


def test_an_empty_table_has_no_track_to_speak_of(shared):
    table = TrackTable.of([])

    assert table.track_ids == ()
    assert member_proba(shared, table, None).shape[1] == 0


def test_more_tracks_than_are_judged_at_once_are_judged_alike():
    snapshot = house.snapshot()
    people = CommitteePersonaliser(snapshot.committees)
    many = [made(snapshot, f"{place:05}") for place in range(2_100)]
    personal = people.fit([Answer(many[0], Quadrant.Q1)])

    proba = member_proba(snapshot, TrackTable.of(many), personal)

    for place in (0, 2_047, 2_048, 2_099):
        alone = member_proba(snapshot, TrackTable.of([many[place]]), personal)
        assert proba[:, [place]] == pytest.approx(alone, abs=1e-6)


@given(st.lists(st.tuples(IDS, st.sampled_from(["put", "remove"])), max_size=30))
def test_a_table_that_was_changed_is_the_table_of_what_is_left(steps):
    snapshot = house.snapshot()
    table, left = TrackTable.of([]), {}
    for step, (track_id, verb) in enumerate(steps):
        track = made(snapshot, track_id, seed=step)
        table = table.with_tracks(*{"put": ([track], []), "remove": ([], [track_id])}[verb])
        left = {key: each for key, each in left.items() if key != track_id}
        left |= {"put": {track_id: track}, "remove": {}}[verb]

    fresh = TrackTable.of(list(left.values()))

    assert table.track_ids == fresh.track_ids
    assert member_proba(snapshot, table, None) == pytest.approx(
        member_proba(snapshot, fresh, None)
    )


def test_a_change_leaves_the_table_it_was_made_from_alone():
    snapshot = house.snapshot()
    table = TrackTable.of([made(snapshot, "a")])

    table.with_tracks([made(snapshot, "b")], ["a", "unknown"])

    assert table.track_ids == ("a",)


def made(snapshot, track_id, seed=0):
    given = features(seed=seed)
    return Track(track_id, given, predict_population(snapshot, given))


def test_a_listeners_level_and_taste_move_all_members_odds_alike(shared, tracks):
    lesson = small.drawn_tracks(shared, 60, seed=3)
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


def test_a_newcomer_moves_nothing(shared, tracks):
    table = TrackTable.of(tracks)

    assert member_proba(shared, table, shared.listener_model.newcomer) is member_proba(
        shared, table, None
    )
