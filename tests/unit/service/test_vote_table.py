"""Votes beside sketches follow the log."""

from shutil import rmtree

import numpy as np
import pytest

from models.emotion import Quadrant
from models.votes import vote_of
from service.labels import Label
from service.serving import vote_table
from tests.fakes import standing_votes
from tests.small_service import SmallService, answers

Q1, Q2, Q3, Q4 = Quadrant
TRACKS = [f"t{i}" for i in range(6)]


@pytest.fixture(name="house")
def _house():
    house = SmallService()
    house.put(*TRACKS)
    return house


def told(house, tracks=None):
    tracks = tracks or house.track_features.current()
    votes = house.votes.on(tracks)
    ids = tracks.track_ids(votes.places)
    return {i: tuple(c) for i, c in zip(ids, votes.counts.tolist(), strict=True) if any(c)}


def test_points_are_held_softly(house):
    house.tell("ana", Label.at_point("e1", "t0", 0.1, 0.0))
    house.tell("bob", Label.at_point("e1", "t0", -0.2, 0.3), Label("e2", "t3", Q1))

    assert told(house) == standing_votes(house.log)
    assert told(house)["t0"] == tuple(vote_of(Q1, (0.1, 0.0)) + vote_of(Q2, (-0.2, 0.3)))


def test_it_takes_in_what_changed_since(house):
    house.tell("ana", *answers(("t0", Q1), ("t3", Q2)))
    told(house)

    house.tell("ana", Label("new", "t3", Q3), Label.retraction("back", "t0"))
    assert told(house) == standing_votes(house.log) == {"t3": (0, 0, 1, 0)}

    house.log.forget("ana")
    assert told(house) == {}


def test_only_what_changed_is_read(house):
    house.tell("ana", *answers(("t0", Q1), ("t3", Q2)))
    tracks = house.track_features.current()
    house.votes.on(tracks)
    asked = []
    since = house.log.votes_since
    house.log.votes_since = lambda revision: asked.append(since(revision)) or asked[-1]

    house.tell("bob", Label("b", "t5", Q4))
    house.votes.on(tracks)
    house.votes.on(tracks)

    assert [dict(changes.counts) for changes in asked] == [{"t5": (0, 0, 0, 1)}, {}]


@pytest.mark.parametrize("at_once", [1, 100])
def test_votes_on_tracks_that_join_are_there_with_them(house, monkeypatch, at_once):
    monkeypatch.setattr(vote_table, "NEW_AT_ONCE", at_once)
    few = house.track_features.current()
    house.put("new", "newer")
    more = house.track_features.current()
    house.tell("ana", *answers(("t0", Q2), ("new", Q2), ("newer", Q3)))

    assert few.lineage == more.lineage
    assert told(house, few) == {"t0": (0, 1, 0, 0)}
    assert told(house, more) == standing_votes(house.log)
    assert told(house, few) == {"t0": (0, 1, 0, 0)}


def test_votes_follow_tracks_to_another_lineage(house):
    house.tell("ana", *answers(("t0", Q1), ("t4", Q2)))
    told(house)
    house.catalogue.hide("t0")
    rmtree(house.database.folder / "sketches")

    assert told(house, house.restarted().track_features.current()) == {"t4": (0, 1, 0, 0)}


def test_rows_ascend_and_each_comes_once(house):
    for number, track_id in enumerate(["t4", "t0", "t5", "t0", "t4"]):
        house.tell(f"user{number}", Label("e", track_id, Q1))
        votes = house.votes.on(house.track_features.current())

        assert (np.diff(votes.places) > 0).all()
        assert votes.counts.sum() == number + 1


def test_a_listeners_own_votes_are_taken_off():
    soft = vote_of(Q4, (0.1, -0.05))
    counts = np.array([[1.0, 0.0, 2.0, 0.0], np.add(soft, (0.0, 0.25, 0.75, 0.0))])
    votes = vote_table.RowVotes(3, np.array([2, 5]), counts)

    own = np.array([[0, 0, 0, 1], soft, [1, 0, 0, 0], [0, 0, 1, 0]])
    left = votes.without(np.array([0, 5, 9, 2]), own)

    assert left.tolist() == [[1, 0, 1, 0], [0, 0.25, 0.75, 0]]
    assert votes.counts.sum() == 5
