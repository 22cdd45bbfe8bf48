"""Votes beside sketches follow the log."""

from shutil import rmtree

import numpy as np
import pytest

from models.emotion import Quadrant
from models.votes import vote_of
from service.db import votes
from service.errors import FeaturesNotReadyError, StoreUnavailableError
from service.labels import Label
from service.serving import vote_table
from service.votes import VotesMark
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
    found = house.votes.on(tracks)
    ids = tracks.track_ids(found.places)
    return {i: tuple(c) for i, c in zip(ids, found.counts.tolist(), strict=True) if any(c)}


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
    house.log.votes_since = lambda mark: asked.append(since(mark)) or asked[-1]

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


def label_one_by_one(house):
    """Give every track a vote, each in a call of its own, but the first two together."""
    house.tell("ana", *answers(("t5", Q1), ("t1", Q2)))
    for number, track_id in enumerate(["t0", "t2", "t3", "t4"]):
        house.tell("bob", Label(f"e{number}", track_id, Q3))


@pytest.mark.parametrize("at_once", [1, 2, 3, 4, 5, 6, 7])
def test_many_changes_are_read_in_parts(house, monkeypatch, at_once):
    monkeypatch.setattr(votes, "CHANGES_AT_ONCE", at_once)
    label_one_by_one(house)

    first = house.log.votes_since(VotesMark())

    assert len(first.counts) == max(2, min(at_once, 6))
    assert first.is_whole == (at_once > 6)
    assert told(house) == standing_votes(house.log)


def test_a_call_leaves_many_changes_to_the_background(house, monkeypatch):
    monkeypatch.setattr(vote_table, "IN_A_CALL", 3)
    monkeypatch.setattr(votes, "CHANGES_AT_ONCE", 2)
    label_one_by_one(house)

    with pytest.raises(FeaturesNotReadyError, match="votes are being prepared"):
        told(house)

    house.votes.prepare(house.track_features.current())
    assert told(house) == standing_votes(house.log)


def test_votes_are_not_read_any_more_when_it_was_stopped(house, monkeypatch):
    monkeypatch.setattr(vote_table, "IN_A_CALL", 3)
    monkeypatch.setattr(votes, "CHANGES_AT_ONCE", 2)
    label_one_by_one(house)
    house.votes.stop()

    with pytest.raises(StoreUnavailableError):
        house.votes.prepare(house.track_features.current())


def test_votes_on_tracks_that_join_are_read_again_after_a_failure(house, monkeypatch):
    told(house)
    house.put("new")
    house.tell("ana", *answers(("t0", Q2), ("new", Q2)))
    read = house.log.votes_on

    def failing(_):
        raise StoreUnavailableError("not now")

    monkeypatch.setattr(house.log, "votes_on", failing)
    with pytest.raises(StoreUnavailableError):
        told(house)
    monkeypatch.setattr(house.log, "votes_on", read)

    assert told(house) == standing_votes(house.log) == {"t0": (0, 1, 0, 0), "new": (0, 1, 0, 0)}


def test_votes_follow_tracks_to_another_lineage(house):
    house.tell("ana", *answers(("t0", Q1), ("t4", Q2)))
    told(house)
    house.catalogue.hide("t0")
    rmtree(house.database.folder / "sketches")

    assert told(house, house.restarted().track_features.current()) == {"t4": (0, 1, 0, 0)}


def test_rows_ascend_and_each_comes_once(house):
    for number, track_id in enumerate(["t4", "t0", "t5", "t0", "t4"]):
        house.tell(f"user{number}", Label("e", track_id, Q1))
        found = house.votes.on(house.track_features.current())

        assert (np.diff(found.places) > 0).all()
        assert found.counts.sum() == number + 1


def test_a_listeners_own_votes_are_taken_off():
    soft = vote_of(Q4, (0.1, -0.05))
    counts = np.array([[1.0, 0.0, 2.0, 0.0], np.add(soft, (0.0, 0.25, 0.75, 0.0))])
    found = vote_table.RowVotes(3, np.array([2, 5]), counts)

    own = np.array([[0, 0, 0, 1], soft, [1, 0, 0, 0], [0, 0, 1, 0]])
    left = found.without(np.array([0, 5, 9, 2]), own)

    assert left.tolist() == [[1, 0, 1, 0], [0, 0.25, 0.75, 0]]
    assert found.counts.sum() == 5
