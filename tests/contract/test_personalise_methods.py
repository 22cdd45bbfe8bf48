"""What every way to make a personal model must do. Another joins by its entry in METHODS."""

import dataclasses

import numpy as np
import pytest

from tests import studies
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.plan import Protocol
from training.experiments.few_labels.run import Experiment, open_context

WHO = "listener 1"
PROTOCOL = Protocol("small", n_labels=(0, 4, 12), algorithms=("gnb", "sgd"))


@pytest.fixture(scope="module", name="study")
def _study():
    """One of the others is contrary: listeners differ, and a prior learns that they do."""
    return studies.study(n_listeners=5, n_labels=40, contrary="listener 0")


def opposite(study, is_other):
    """The study in which some labels say the opposite."""
    y = np.where(is_other, (study.labels.y + 2) % 4, study.labels.y)
    return dataclasses.replace(study, labels=dataclasses.replace(study.labels, y=y))


def context_of(study):
    return open_context(Experiment(study, PROTOCOL), WHO, 0)[0]


@pytest.fixture(scope="module", name="context")
def _context(study):
    return context_of(study)


@pytest.fixture(scope="module", name="made")
def _made(context):
    """Each method, made once."""
    return {name: entry.make(context) for name, entry in METHODS.items()}


@pytest.fixture(name="method", params=METHODS)
def _method(request, made):
    return made[request.param]


@pytest.mark.parametrize("n", PROTOCOL.n_labels)
def test_it_answers_with_distributions(method, context, n):
    answer = method.answer(context.order[:n])

    assert answer.proba.shape == (context.n_test, 4)
    assert (answer.proba >= 0).all()
    np.testing.assert_allclose(answer.proba.sum(axis=1), 1.0, atol=1e-6)
    if answer.sets is not None:
        assert answer.sets.shape == answer.proba.shape
        assert answer.sets.dtype == bool


def test_what_was_asked_before_does_not_matter(method, context):
    first = method.answer(context.order[:12])
    method.answer(context.order[:0])
    method.answer(context.order[:4])
    again = method.answer(context.order[:12])

    np.testing.assert_array_equal(first.proba, again.proba)


@pytest.mark.parametrize("name", METHODS)
def test_without_labels_it_knows_nothing_of_the_listener(name, study, made, context):
    mine = np.array(study.labels.listeners) == WHO
    other = context_of(opposite(study, mine))
    assert (other.y != context.y).any()

    theirs = METHODS[name].make(other).answer(other.order[:0])

    np.testing.assert_array_equal(theirs.proba, made[name].answer(context.order[:0]).proba)


@pytest.mark.parametrize("name", METHODS)
def test_it_looks_at_the_labels_it_is_given_and_at_no_other(name, study, made, context):
    labelled = context.places[context.order[:4]]
    mine = np.array(study.labels.listeners) == WHO
    is_given = mine & np.isin(study.track_places, labelled)
    other = context_of(opposite(study, mine & ~is_given))
    assert (other.order == context.order).all()

    theirs = METHODS[name].make(other).answer(other.order[:4])

    np.testing.assert_array_equal(theirs.proba, made[name].answer(context.order[:4]).proba)


@pytest.mark.parametrize("name", sorted(set(METHODS) - {"majority", "population", "others"}))
def test_it_learns_from_the_labels_it_is_given(name, study, made, context):
    mine = np.array(study.labels.listeners) == WHO
    other = context_of(opposite(study, mine))

    theirs = METHODS[name].make(other).answer(other.order)

    assert not np.allclose(theirs.proba, made[name].answer(context.order).proba, atol=1e-3)
