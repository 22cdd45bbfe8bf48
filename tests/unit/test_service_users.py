"""Users: what is recorded of them, and how they are forgotten."""

import pytest

from models.emotion import Quadrant
from service.api.users.users import export_labels, forget_user, readmit_user, show_user
from service.db.personal_models import ModelKey
from service.errors import UserForgottenError, UserNotFoundError
from service.labels import Label
from tests.house import SmallService, answers

Q1, Q2, Q3, Q4 = Quadrant


@pytest.fixture(name="house")
def _house() -> SmallService:
    house = SmallService()
    house.put("a", "b", "c")
    return house


def test_a_profile_counts_what_stands(house):
    house.tell("ana", *answers(("a", Q1), ("b", Q1), ("a", Q4), ("c", Q2), ("c", None)))

    profile = show_user("ana", log=house.log, listeners=house.listeners)

    assert (profile.n_events, profile.n_labels) == (5, 2)
    assert profile.quadrants == {Q1: 1, Q2: 0, Q3: 0, Q4: 1}
    assert profile.first_label_at <= profile.last_label_at
    assert profile.personal.is_used


def test_a_profile_counts_what_its_user_could_not_tell(house):
    house.tell("ana", Label("e1", "a", Q1), Label.undecided("e2", "a"), Label("e3", "b", Q2))
    house.tell("ana", Label.undecided("e4", "c"), Label.retraction("e5", "c"))

    profile = show_user("ana", log=house.log, listeners=house.listeners)

    assert (profile.n_events, profile.n_labels, profile.n_cant_tell) == (5, 1, 1)
    assert profile.quadrants == {Q1: 0, Q2: 1, Q3: 0, Q4: 0}


def test_answers_that_were_all_taken_back_are_not_used(house):
    house.tell("ana", *answers(("a", Q1), ("a", None)))

    profile = show_user("ana", log=house.log, listeners=house.listeners)

    assert (profile.n_events, profile.n_labels, profile.personal.is_used) == (2, 0, False)


def test_the_log_is_exported_whole_and_in_order(house):
    labels = answers(("a", Q1), ("a", Q4), ("c", None))
    house.tell("ana", *labels)
    house.tell("bob", Label("x", "a", Q2))

    assert [event.label for event in export_labels("ana", log=house.log)] == labels


def test_somebody_unknown_is_refused_at_once(house):
    with pytest.raises(UserNotFoundError, match="'nobody'"):
        show_user("nobody", log=house.log, listeners=house.listeners)
    with pytest.raises(UserNotFoundError, match="'nobody'"):
        export_labels("nobody", log=house.log)


def test_a_forgotten_user_is_gone_with_all_that_was_derived(house):
    house.tell("ana", *answers(("a", Q1), ("b", Q2)))
    house.tell("bob", Label("x", "a", Q2))
    last = house.log.last_seq("ana")

    forget_user("ana", log=house.log, listeners=house.listeners)

    with pytest.raises(UserNotFoundError):
        show_user("ana", log=house.log, listeners=house.listeners)
    assert house.listeners.current("ana").model is None
    assert house.listeners.recent.get(ModelKey("ana", "v1", "committee", last)) is None
    assert {user_id for user_id, _, _ in house.memory.models} == {"bob"}
    assert house.log.votes() == {"a": (0, 1, 0, 0)}


def test_forgetting_somebody_unknown_is_fine(house):
    forget_user("nobody", log=house.log, listeners=house.listeners)


def test_who_was_forgotten_says_nothing_more_until_readmitted(house):
    forget_user("ana", log=house.log, listeners=house.listeners)

    with pytest.raises(UserForgottenError, match="'ana'"):
        house.tell("ana", Label("e1", "a", Q1))
    readmit_user("ana", log=house.log)

    assert house.tell("ana", Label("e1", "a", Q1)).listener.n_labels == 1


def test_who_was_forgotten_elsewhere_is_let_go_and_others_stay(house):
    house.tell("ana", *answers(("a", Q1)))
    house.tell("bob", *answers(("a", Q2)))
    house.log.forget("ana")  # by another process

    house.listeners.drop_forgotten()

    assert {key.user_id for key in house.listeners.recent} == {"bob"}


def test_a_model_of_who_was_forgotten_meanwhile_is_not_remembered(house, monkeypatch):
    house.log.append("ana", answers(("a", Q1)))
    learnt_from = house.catalogue.learnt_from

    def while_forgotten(track_ids):
        house.log.forget("ana")
        return learnt_from(track_ids)

    monkeypatch.setattr(house.catalogue, "learnt_from", while_forgotten)
    house.listeners.current("ana")

    assert house.listeners.recent.currsize == 0
