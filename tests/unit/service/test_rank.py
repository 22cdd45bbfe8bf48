"""Rank: what a listener is shown first, page by page, and how others' answers count."""

import base64
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.emotion import QUADRANTS, Quadrant
from models.ranking import Point
from service.api.rank.ranking import Order, rank
from service.errors import InvalidCursorError, RankingUnavailableError
from service.labels import Label
from tests.small_service import SmallService, answers, predict

Q1, Q2, Q3, Q4 = Quadrant
TRACKS = [f"t{i}" for i in range(12)]
TARGETS = [*QUADRANTS, Point(0.4, -0.3)]
SAID = st.lists(
    st.tuples(
        st.sampled_from(["ana", "bob", "cy"]),
        st.sampled_from(TRACKS),
        st.sampled_from([*QUADRANTS, None]),
    ),
    max_size=15,
)


def logistic_house(*track_ids):
    house = SmallService().learning("logistic")
    house.put(*track_ids)
    return house


@pytest.fixture(name="house")
def _house():
    return logistic_house(*TRACKS)


def ranking(house, target=Q1, *, user="ana", limit=100, **asked):
    return rank(
        Order(user, target, limit, **asked),
        track_features=house.track_features,
        votes=house.votes,
        log=house.log,
        listeners=house.listeners,
    )


def ids(found):
    return [ranked.track_id for ranked in found.tracks]


def probability_of(heard, target):
    """The probability of a quadrant that is wanted; None where a point is."""
    if isinstance(target, Point):
        return None
    return pytest.approx(heard.proba[target.index], abs=1e-6)


def taught(house):
    house.tell("ana", *answers(("t0", Q1), ("t3", Q2), ("t5", Q2), ("t7", Q4)))
    house.tell("bob", *answers(("t1", Q3), ("t2", Q1), ("t3", Q3)))
    house.tell("cy", *answers(("t1", Q3), ("t8", Q2)))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("user", ["ana", "nobody"])
def test_the_numbers_are_those_of_predictions(house, target, user):
    taught(house)

    found = ranking(house, target, user=user, is_new_only=False)

    assert sorted(ids(found)) == sorted(TRACKS)
    for ranked in found.tracks:
        heard = predict(house, ranked.track_id, user).recognition
        assert ranked.valence.mean == pytest.approx(heard.valence.mean, abs=1e-6)
        assert ranked.arousal.mean == pytest.approx(heard.arousal.mean, abs=1e-6)
        assert ranked.valence.sd == pytest.approx(heard.valence.sd, abs=1e-6)
        assert ranked.arousal.sd == pytest.approx(heard.arousal.sd, abs=1e-6)
        assert ranked.probability == probability_of(heard, target)


def test_what_the_listener_answered_is_left_out(house):
    taught(house)

    found = ids(ranking(house))

    assert sorted(found) == sorted(set(TRACKS) - {"t0", "t3", "t5", "t7"})


def test_a_track_at_the_point_that_is_known_better_comes_first():
    house = logistic_house("t0", "t1")
    for user in ("bob", "cy", "dan", "eve"):
        house.tell(user, *answers(("t0", Q1)))
    reply = {r.track_id: r for r in ranking(house, Q1).tracks}
    point = Point(reply["t0"].valence.mean, reply["t0"].arousal.mean)

    first = ranking(house, point).tracks[0]

    assert first.track_id == "t0"
    assert first.score == pytest.approx(-np.hypot(first.valence.sd, first.arousal.sd))


def test_an_empty_catalogue_is_ranked_quickly():
    found = ranking(logistic_house())

    assert (found.tracks, found.next_cursor) == ([], None)


@given(SAID, st.sampled_from(TARGETS))
@settings(deadline=None, max_examples=10)
def test_a_users_own_votes_do_not_count(said, target):
    house, without = logistic_house(*TRACKS), logistic_house(*TRACKS)
    for number, (user_id, track_id, quadrant) in enumerate(said):
        house.log.append(user_id, [Label(f"e{number}", track_id, quadrant)])
        if user_id != "ana":
            without.log.append(user_id, [Label(f"e{number}", track_id, quadrant)])
        ranking(house, target)  # so that votes are taken in one by one
    model = house.listeners.current("ana")
    without.listeners.recent[without.listeners._key("ana")] = model
    alone = replace(without.listeners, log=house.log)

    mine = ranking(house, target, is_new_only=False)

    theirs = rank(
        Order("ana", target, 100, is_new_only=False),
        track_features=without.track_features,
        votes=without.votes,
        log=without.log,
        listeners=alone,
    )
    assert mine.tracks == theirs.tracks


def pages(house, target, limit, **asked):
    cursor, shown = None, []
    while True:
        page = ranking(house, target, limit=limit, cursor=cursor, **asked)
        shown.append(page)
        if page.next_cursor is None:
            return shown
        cursor = page.next_cursor


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_equal_tracks_come_by_id_across_pages(target, limit):
    house = logistic_house()
    twins = ["ab", "ba", "c", "d", "cd", "dc", "abc", "acb", "bac", "bca", "cab", "cba"]
    house.put(*twins)  # what a track is made of follows from its letters, in any order

    shown = pages(house, target, limit)

    found = [ranked for page in shown for ranked in page.tracks]
    assert len(found) == len(twins)
    assert [r.track_id for r in found] == [
        r.track_id for r in sorted(found, key=lambda r: (-r.score, r.track_id))
    ]
    assert len({r.score for r in found}) == 5


def test_a_page_stays_where_it_is_when_tracks_join_and_leave(house):
    first = ranking(house, limit=4)
    rest = ids(ranking(house))[4:]
    house.catalogue.hide(ids(first)[0])
    house.catalogue.hide(rest[0])

    second = ranking(house, limit=100, cursor=first.next_cursor)

    assert ids(second) == rest[1:]
    assert second.has_changed


def another_snapshot(house):
    snapshot = replace(house.snapshot, version="another")
    house.listeners = replace(house.listeners, snapshot=snapshot)


@pytest.mark.parametrize(
    "change",
    [
        lambda house: house.tell("ana", *answers(("t5", Q3))),
        lambda house: house.tell("bob", *answers(("t5", Q3))),
        another_snapshot,
    ],
    ids=["own answer", "answer of another", "snapshot"],
)
def test_a_page_says_what_has_changed_since(house, change):
    first = ranking(house, limit=3)
    change(house)

    assert ranking(house, limit=3, cursor=first.next_cursor).has_changed
    assert not ranking(house, limit=3).has_changed


@pytest.mark.parametrize("cursor", ["", "x", "!", "e30", "W10", "bnVsbA", "é", "WzEsMl0"])
def test_what_is_no_cursor_is_refused(house, cursor):
    with pytest.raises(InvalidCursorError):
        ranking(house, cursor=cursor)


@pytest.mark.parametrize("score", [np.nan, np.inf, None, "0.5", 1])
def test_a_cursor_whose_score_is_no_number_is_refused(house, score):
    text = ranking(house, limit=3).next_cursor
    fingerprint, _, *rest = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    forged = json.dumps([fingerprint, score, *rest]).encode()

    with pytest.raises(InvalidCursorError):
        ranking(house, limit=3, cursor=base64.urlsafe_b64encode(forged).decode().rstrip("="))


@pytest.mark.parametrize(
    "other",
    [{"target": Q2}, {"user": "bob"}, {"is_new_only": False}, {"target": Point(0.1, 0.1)}],
)
def test_a_cursor_is_good_for_its_own_ranking_only(house, other):
    cursor = ranking(house, limit=3).next_cursor

    with pytest.raises(InvalidCursorError):
        ranking(house, cursor=cursor, **other)


def test_a_committee_ranks_no_catalogue():
    house = SmallService()
    house.put(*TRACKS)

    for _ in range(2):
        with pytest.raises(RankingUnavailableError, match="ATTUNE_PERSONALISER=logistic"):
            ranking(house)
        house.tell("ana", *answers(("t0", Q1)))


def test_an_answer_that_comes_while_votes_are_read_is_read_again(house):
    taught(house)
    expected = ranking(house, is_new_only=False)
    seen = house.votes.on
    meanwhile = [Label("late", "t9", Q3)]

    def on(tracks):
        votes = seen(tracks)
        if meanwhile:
            house.log.append("ana", [meanwhile.pop()])
            house.log.append("ana", [Label.retraction("later", "t9")])
        return votes

    house.votes.on = on

    assert ranking(house, is_new_only=False).tracks == expected.tracks
