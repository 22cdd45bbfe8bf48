"""Repeats: which tracks are asked about again, and how often."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.emotion import Quadrant
from models.query import Question
from service.api.query.repeats import N_BETWEEN, draw_places, fill_places, repeatable_tracks
from service.db.answers import answers_of
from service.labels import Label, LabelEvent

Q1, Q2, Q3, Q4 = Quadrant


def due(labels):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    events = [LabelEvent(seq, "ana", label, moment) for seq, label in enumerate(labels, start=1)]
    return repeatable_tracks(answers_of(events))


def answers(n, start=0):
    return [Label(f"e{i}", f"t{i}", Q1) for i in range(start, start + n)]


def rng(seed=0):
    return np.random.default_rng(seed)


def test_a_track_is_due_once_five_others_were_answered():
    assert due(answers(N_BETWEEN)) == []
    assert due(answers(N_BETWEEN + 1)) == ["t0"]
    assert due(answers(N_BETWEEN + 2)) == ["t0", "t1"]


def test_an_answer_that_was_taken_back_is_not_between():
    assert due([*answers(N_BETWEEN), Label.retraction("e", "t")]) == []
    assert due([*answers(N_BETWEEN), Label.undecided("e", "t")]) == ["t0"]


@pytest.mark.parametrize(
    "label",
    [
        Label.retraction("e", "t"),
        Label.undecided("e", "t"),
        Label("e", "t", Q2, is_repeat=True),
    ],
    ids=["taken back", "cannot tell", "a repeat"],
)
def test_what_is_no_first_answer_is_not_due(label):
    assert "t" not in due([label, *answers(2 * N_BETWEEN)])


@given(
    st.integers(0, 8),
    st.floats(0, 1),
    st.lists(st.text(), unique=True, max_size=5),
    st.integers(0),
)
def test_places_hold_each_repeat_at_most_once_and_their_odds(n, share, track_ids, seed):
    places = draw_places(n, share, sorted(track_ids), rng(seed))

    repeats = [place.repeat for place in places if place.repeat is not None]
    assert len(places) == n
    assert len({repeat.track_id for repeat in repeats}) == len(repeats)
    assert {repeat.track_id for repeat in repeats} <= set(track_ids)
    assert all(repeat.is_repeat and 0 < repeat.propensity <= share for repeat in repeats)
    assert all(place.odds in (1.0, 1 - share) for place in places if place.repeat is None)


def test_a_place_is_a_repeat_as_often_as_is_wished():
    n = 10_000
    places = draw_places(n, 1 / 15, [f"t{i}" for i in range(n)], rng())

    n_repeats = sum(place.repeat is not None for place in places)

    # 5 standard deviations: 5 * sqrt(10,000 / 15 * 14 / 15) = 125.
    assert abs(n_repeats - n / 15) < 125


def test_every_track_is_drawn_as_often():
    track_ids = [f"t{i}" for i in range(5)]
    first = [draw_places(1, 1.0, track_ids, rng(seed))[0].repeat.track_id for seed in range(1_000)]

    counts = [first.count(track_id) for track_id in track_ids]

    # 5 standard deviations: 5 * sqrt(1,000 / 5 * 4 / 5) = 63.
    assert all(abs(count - 200) < 63 for count in counts)


def test_repeats_stand_in_their_places_and_what_a_strategy_asks_in_the_others():
    asked = [Question("a", 2.0), Question("b", 1.0, is_random=True, propensity=0.5)]
    places = draw_places(6, 0.5, ["x"], rng(2))

    message = list(fill_places(places, asked))

    (place,) = [i for i, question in enumerate(message) if question.is_repeat]
    assert message.pop(place).track_id == "x"
    assert [question.track_id for question in message] == ["a", "b"]
    assert [question.propensity for question in message] == [None, 0.5 * places_odds(places)[1]]


def places_odds(places):
    return [place.odds for place in places if place.repeat is None]
