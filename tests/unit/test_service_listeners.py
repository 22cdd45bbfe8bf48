"""Listeners: which answers are learnt together."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.emotion import QUADRANTS, Quadrant
from models.personal import Answer, CommitteePersonaliser
from service.errors import StoreUnavailableError
from service.labels import Label, effective
from service.serving.personal_models import calls
from tests.house import SmallService, answers

Q1, Q2, Q3, Q4 = Quadrant
TRACKS = [f"t{i}" for i in range(4)]
LABELS = st.builds(
    Label, st.uuids().map(str), st.sampled_from(TRACKS), st.sampled_from([*QUADRANTS, None])
)
CALLS = st.lists(st.lists(LABELS, min_size=1, max_size=4), max_size=5)


class Noting(CommitteePersonaliser):
    """Notes what it was last asked to learn."""

    noted: list[Answer]

    def fit(self, answers):
        object.__setattr__(self, "noted", list(answers))
        return super().fit(answers)

    @property
    def batches(self):
        return {answer.track.track_id: answer.batch for answer in self.noted}


def house_by(personaliser=Noting, algorithm="committee-newest", house=None):
    """A house, or a worker over the same state, that learns by batches."""
    house = house.restarted() if house else SmallService()
    chosen = personaliser(house.snapshot.committees, algorithm)
    house.listeners = replace(house.listeners, personaliser=chosen)
    return house


@pytest.fixture(name="house")
def _house():
    house = house_by()
    house.put(*TRACKS)
    return house


def blob(listener):
    return None if listener.model is None else listener.model.to_bytes()


def test_answers_of_a_call_are_a_batch_and_later_calls_come_later(house):
    house.tell("ana", Label("a", "t2", Q1), Label("b", "t0", Q2))
    house.tell("bob", Label("a", "t0", Q2))
    house.tell("ana", Label("c", "t1", Q3))

    assert house.listeners.personaliser.batches == {"t2": 0, "t0": 0, "t1": 1}


def test_a_corrected_answer_came_with_its_correction_and_one_taken_back_with_none(house):
    house.tell("ana", *answers(("t0", Q1), ("t1", Q2), ("t2", Q2)))
    house.tell("ana", Label("c", "t3", Q3))
    house.tell("ana", Label("d", "t0", Q4), Label.retraction("e", "t2"))

    assert house.listeners.personaliser.batches == {"t1": 0, "t3": 1, "t0": 2}


def test_an_answer_that_is_sent_again_stays_in_its_batch(house):
    house.tell("ana", Label("a", "t0", Q1))
    house.tell("ana", Label("b", "t1", Q1))
    house.tell("ana", Label("a", "t0", Q1), Label("c", "t2", Q1))

    assert house.listeners.personaliser.batches == {"t0": 0, "t1": 1, "t2": 2}


def test_a_clock_that_was_set_back_moves_no_call_before_another(house):
    house.tell("ana", Label("a", "t0", Q1))
    house.tell("ana", Label("b", "t1", Q2), Label("c", "t2", Q2))
    events = list(house.log.events("ana"))
    back = [replace(events[0], created_at=events[1].created_at.replace(year=2030)), *events[1:]]

    assert [[event.label.track_id for event in call] for call in calls(back)] == [
        ["t0"],
        ["t1", "t2"],
    ]


def test_a_model_that_cannot_be_kept_is_given_all_the_same(house):
    class Full:
        def put(self, key, blob):
            raise StoreUnavailableError(f"No room for {len(blob)} bytes of {key.user_id}.")

    house.tell("ana", Label("a", "t0", Q1))
    told = blob(house.listeners.advance("ana"))

    assert blob(replace(house.listeners, model_store=Full()).advance("ana")) == told


@pytest.fixture(name="impatient")
def _impatient():
    """Has threads take turns as often as they can."""
    kept = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(kept)


@pytest.mark.usefixtures("impatient")
def test_several_threads_may_ask_for_users_and_forget_them(house):
    users = ["ana", "bob", "cy", "di", "eve"]  # more than are remembered
    for user_id in users:
        house.tell(user_id, *answers(("t0", Q1)))

    def work(start):
        for n in range(start, start + 600):
            house.listeners.current(users[n % len(users)])
            house.listeners.forget(users[(n + 2) % len(users)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert len(house.listeners.recent) <= house.listeners.recent.maxsize


def test_nothing_was_called():
    assert calls([]) == []


def test_what_is_learnt_newest_depends_on_which_answers_came_together(house):
    once, twice = answers(("t0", Q1), ("t1", Q3)), answers(("t0", Q1), ("t1", Q3))

    together = house.tell("ana", *once).listener
    house.tell("bob", twice[0])
    apart = house.tell("bob", twice[1]).listener

    assert blob(together) != blob(apart)


@given(CALLS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_a_replay_of_the_log_gives_the_same_model_whatever_the_order_within_a_call(said, random):
    house, afresh = house_by(CommitteePersonaliser), house_by(CommitteePersonaliser)
    for each in (house, afresh):
        each.put(*TRACKS)
    for call in said:
        # Of two answers about one track in one call the later stands: their order means something.
        apart = list({label.track_id: label for label in call}.values())
        house.tell("ana", *apart)
        random.shuffle(apart)
        afresh.log.append("ana", apart)

    known = house.listeners.current("ana")
    replayed = house_by(CommitteePersonaliser, house=house)
    replayed.memory.models.clear()

    assert blob(replayed.listeners.current("ana")) == blob(known)
    assert blob(afresh.listeners.current("ana")) == blob(known)
    assert known.n_labels == len(effective(house.log.events("ana")))
