"""Update: the log is the truth, a personal model is a fold over it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.emotion import QUADRANTS, Quadrant
from service.errors import EventConflictError, TrackNotFoundError
from service.labels import Label, effective
from tests.house import SmallService, answers, snapshot

Q1, Q2, Q3, Q4 = Quadrant
TRACKS = [f"t{i}" for i in range(4)]
LABELS = st.builds(
    Label, st.uuids().map(str), st.sampled_from(TRACKS), st.sampled_from([*QUADRANTS, None])
)
CALLS = st.lists(st.lists(LABELS, min_size=1, max_size=4), max_size=5)


@pytest.fixture(name="house")
def _house() -> SmallService:
    house = SmallService()
    house.put(*TRACKS)
    return house


def blob(listener):
    return None if listener.model is None else listener.model.to_bytes()


def test_labels_are_counted_and_learnt(house):
    updated = house.tell("ana", *answers(("t0", Q1), ("t1", Q2), ("t0", Q3)))

    assert (updated.accepted, updated.duplicates) == (3, 0)
    assert updated.listener.n_labels == 2
    assert updated.listener.model.n_labels == 2


def test_sending_again_changes_nothing(house):
    labels = answers(("t0", Q1), ("t1", Q2))
    first = house.tell("ana", *labels)

    again = house.tell("ana", *labels)

    assert (again.accepted, again.duplicates) == (0, 2)
    assert blob(again.listener) == blob(first.listener)


def test_a_correction_takes_the_place_of_the_answer(house):
    house.tell("ana", Label("e1", "t0", Q1))

    corrected = house.tell("ana", Label("e2", "t0", Q3))

    house.tell("bob", Label("e1", "t0", Q3))
    assert corrected.listener.n_labels == 1
    assert blob(corrected.listener) == blob(house.listeners.current("bob"))


def test_who_takes_all_answers_back_is_as_if_new(house):
    house.tell("ana", Label("e1", "t0", Q1))

    updated = house.tell("ana", Label.retraction("e2", "t0"))

    assert updated.accepted == 1
    assert updated.listener.n_labels == 0
    assert updated.listener.model is None


def test_nothing_is_learnt_of_a_track_that_the_user_cannot_tell(house):
    house.tell("ana", Label("e1", "t0", Q1), Label("e2", "t1", Q2))
    updated = house.tell("ana", Label.undecided("e3", "t0"))

    house.tell("bob", Label("e1", "t1", Q2))

    assert updated.listener.n_labels == 1
    assert blob(updated.listener) == blob(house.listeners.current("bob"))


def test_a_call_is_recorded_all_or_none(house):
    with pytest.raises(TrackNotFoundError, match="'no'"):
        house.tell("ana", *answers(("t0", Q1), ("no", Q2)))
    with pytest.raises(EventConflictError, match="'e0'"):
        house.tell("ana", Label("e0", "t0", Q1), Label("e0", "t0", Q2))

    assert house.log.last_seq("ana") == 0


@given(CALLS, st.lists(st.booleans(), min_size=5, max_size=5))
@settings(deadline=None, max_examples=60)
def test_a_personal_model_is_its_log_whatever_was_repeated_or_lost(calls, losses):
    house = SmallService()
    house.put(*TRACKS)
    for call, memos_are_lost in zip(calls, losses, strict=False):
        house.tell("ana", *call)
        house.tell("ana", *call)
        house.memory.models = {} if memos_are_lost else house.memory.models
        house = house.restarted()

    said = [event.label for event in effective(house.log.events("ana"))]
    afresh = SmallService()
    afresh.put(*TRACKS)
    afresh.log.append("ana", said)

    known, told = house.listeners.current("ana"), afresh.listeners.current("ana")
    assert (known.n_labels, blob(known)) == (told.n_labels, blob(told))


@given(CALLS)
@settings(deadline=None, max_examples=30)
def test_a_model_that_was_stored_is_the_model_that_was_learnt(calls):
    house = SmallService()
    house.put(*TRACKS)
    for call in calls:
        house.tell("ana", *call)

    remembered, recalled = (
        house.listeners.current("ana"),
        house.restarted().listeners.current("ana"),
    )

    assert blob(remembered) == blob(recalled)
    assert remembered.n_labels == recalled.n_labels


def test_an_answer_that_was_recorded_but_not_yet_learnt_is_learnt_on_reading(house):
    house.tell("ana", Label("e1", "t0", Q1))
    house.log.append("ana", [Label("e2", "t1", Q2)])  # the process died after the commit

    listener = house.listeners.current("ana")

    assert listener.n_labels == 2
    assert listener.model.n_labels == 2


def test_reading_writes_nothing(house):
    house.log.append("ana", [Label("e1", "t0", Q1)])

    house.listeners.current("ana")

    assert house.memory.models == {}


def test_a_model_is_learnt_once_and_then_remembered(house):
    house.tell("ana", Label("e1", "t0", Q1))

    first, second = house.listeners.current("ana"), house.listeners.current("ana")

    assert first is second


def test_a_model_of_another_snapshot_is_not_used(house):
    before = house.tell("ana", Label("e1", "t0", Q1)).listener

    after = house.restarted(snapshot("v2")).listeners.current("ana")

    assert after.n_labels == 1
    assert blob(after) != blob(before)


def test_an_answer_on_features_never_judged_counts_but_waits_until_the_track_is_put_again(house):
    house.tell("ana", *answers(("t0", Q1), ("t1", Q2)))
    house.memory.models.clear()
    house.memory.tracks["t0"].feature_digest = "e" * 64
    house.memory.tracks["t0"].population_prediction.member_logits.clear()
    house = house.restarted()

    with_a_gap = house.listeners.current("ana")
    house.put("t0")
    whole = house.listeners.current("ana")

    assert (with_a_gap.n_labels, with_a_gap.model.n_labels) == (2, 1)
    assert (whole.n_labels, whole.model.n_labels) == (2, 2)


def test_a_hidden_track_is_still_learnt_from(house):
    before = house.tell("ana", Label("e1", "t0", Q1)).listener
    house.catalogue.hide("t0")
    house.memory.models.clear()

    after = house.restarted().listeners.current("ana")

    assert blob(after) == blob(before)
