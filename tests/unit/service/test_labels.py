"""The fold over a log of labels, and what new labels change."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.emotion import QUADRANTS, Quadrant
from models.errors import InvalidLabelError
from service.labels import (
    Label,
    LabelEvent,
    call_of,
    effective,
    latest,
)
from service.votes import vote_differences, votes_of, without_own

Q1, Q2, Q3, Q4 = Quadrant
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TRACKS = st.sampled_from(["a", "b", "c"])
Answer = Quadrant | str | tuple[float, float] | None
POINTS = st.tuples(st.floats(-1, 1), st.floats(-1, 1))
ANSWERS = st.one_of(st.sampled_from([*QUADRANTS, None, "cannot tell"]), POINTS)
SAID = st.lists(st.tuples(TRACKS, ANSWERS), max_size=12)


def log_of(said: list[tuple[str, Answer]]) -> list[LabelEvent]:
    return [
        LabelEvent(seq, "ana", label_of(f"e{seq}", track_id, answer), NOW)
        for seq, (track_id, answer) in enumerate(said, start=1)
    ]


def label_of(event_id: str, track_id: str, answer: Answer) -> Label:
    if isinstance(answer, tuple):
        return Label.at_point(event_id, track_id, *answer)
    quadrant = answer if isinstance(answer, Quadrant) else None
    return Label(event_id, track_id, quadrant, cant_tell=answer == "cannot tell")


def standing(events: list[LabelEvent]) -> dict[str, Quadrant | None]:
    return {track_id: label.quadrant for track_id, label in answers_in(events).items()}


def answers_in(events: list[LabelEvent]) -> dict[str, Label]:
    return {event.label.track_id: event.label for event in effective(events)}


@given(SAID)
def test_the_latest_answer_about_a_track_stands_and_without_a_quadrant_none_does(said):
    last = dict(said)
    labels = {track_id: label_of("e", track_id, answer) for track_id, answer in last.items()}

    expected = {t: label.quadrant for t, label in labels.items() if label.quadrant is not None}
    assert standing(log_of(said)) == expected
    assert {event.label.track_id for event in latest(log_of(said))} == set(last)


@given(SAID, st.randoms(use_true_random=False))
def test_the_order_of_reading_and_repetitions_do_not_matter(said, random):
    events = log_of(said)
    shuffled = events * 2
    random.shuffle(shuffled)

    assert effective(shuffled) == effective(events)


@given(SAID, st.integers(0, 12))
def test_votes_move_to_what_stands_however_the_labels_are_cut_into_calls(said, cut):
    events = log_of(said)

    first = vote_differences({}, [event.label for event in events[:cut]])
    second = vote_differences(answers_in(events[:cut]), [event.label for event in events[cut:]])

    total = {track_id: np.zeros(4) for track_id in first | second}
    for moves in (first, second):
        for track_id, move in moves.items():
            total[track_id] += move
    left = answers_in(events)
    expected = dict(zip(left, votes_of(list(left.values())).tolist(), strict=True))
    assert {each: votes.tolist() for each, votes in total.items() if votes.any()} == expected
    assert set(total) == {track_id for track_id, _ in said}


def test_a_vote_is_taken_off_to_the_last_bit():
    votes = votes_of([Label.at_point("e", "t", 0.1, -0.03), Label("e", "t", Q3)])

    assert without_own(votes[:1] + votes[1:], votes[:1]).tolist() == votes[1:].tolist()
    assert not without_own(votes, votes).any()


def test_only_an_answer_is_a_vote():
    said = [
        Label("e", "t", Q2),
        Label.at_point("e", "t", 0.0, 0.0),
        Label.retraction("e", "t"),
        Label.undecided("e", "t"),
        None,
    ]

    none = [0.0] * 4
    assert votes_of(said).tolist() == [[0, 1, 0, 0], [0.25] * 4, none, none, none]
    assert votes_of([]).shape == (0, 4)


@pytest.mark.parametrize(
    ("point", "quadrant"),
    [((0.0, 0.0), Q1), ((-0.1, 0.0), Q2), ((-1.0, -1.0), Q3), ((0.0, -0.5), Q4)],
)
def test_a_point_lies_in_the_quadrant_of_its_signs(point, quadrant):
    label = Label.at_point("e1", "t", *point)

    assert label.quadrant is quadrant
    assert (label.valence, label.arousal) == point


@pytest.mark.parametrize("point", [(1.1, 0.0), (0.0, -2.0), (float("nan"), 0.0)])
def test_a_point_outside_the_plane_is_refused(point):
    with pytest.raises(InvalidLabelError, match=r"\[-1, 1\]"):
        Label.at_point("e1", "t", *point)


def test_calls_of_an_earlier_release_are_known_again():
    labels = [
        Label("e1", "a", Q1),
        Label.at_point("e2", "b", 0.5, -1),
        Label.retraction("e3", "a"),
    ]

    # As the release before `cant_tell` digested it.
    assert call_of("k", labels).body_sha256.startswith("14178662bda1f7617206a7c7a9bc50e5")


@pytest.mark.parametrize(
    "more",
    [
        {"cant_tell": True},
        {"emotion": "felt"},
        {"is_random": True},
        {"is_repeat": True},
    ],
)
def test_calls_that_say_more_are_others(more):
    plain, told = Label("e1", "a", None), Label("e1", "a", None, **more)

    assert call_of("k", [plain]) != call_of("k", [told])
