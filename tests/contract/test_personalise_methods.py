"""What every way to make a personal model must do. Another joins by its entry in METHODS."""

import dataclasses

import numpy as np
import pytest

from tests import small_studies
from training.experiments.few_labels.loading import Experiment, open_context, open_peers
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.peers import ELSEWHERE, group_of
from training.experiments.few_labels.plan import Protocol
from training.experiments.few_labels.run import learn_prior

WHO = "listener 1"
N_OTHERS = (None, 1, 0)
PROTOCOL = Protocol("small", n_labels=(0, 4, 12), n_others=N_OTHERS, algorithms=("gnb", "sgd"))
UNTEACHABLE = {"majority", "population", "others", "votes"}
"""They learn nothing of the listener: the others are held against them."""
WITHOUT_TASTE = {"level", "gaussian-shipped"}
"""They learn no taste from twelve labels: "level" has none, and under the prior that shipped the
answers of a contrary listener are no evidence against the population."""
READERS = {name for name, entry in METHODS.items() if entry.reads_votes}


@dataclasses.dataclass(frozen=True)
class Opened:
    """A listener's context in a study, and each method, with what it learnt of others there."""

    context: object
    learnt: dict
    made: dict

    def said(self, name, n, crowd=0):
        """What a method answers that has learnt the first labels."""
        asked = self.context.order[:n]
        return self.made[name].answer(asked, self.context.crowds[crowd])


def opened(study):
    """Contexts and priors are learnt as the experiment does, whatever the study."""
    experiment = Experiment(study, PROTOCOL)
    context, _ = open_context(experiment, WHO, 0)
    peers = [open_peers(experiment, group_of(WHO, PROTOCOL.seed))]
    elsewhere = [open_peers(Experiment(varied(seed=1), PROTOCOL), ELSEWHERE)]
    learnt = {
        name: learn_prior(name, elsewhere if entry.learns_elsewhere else peers).arrays
        for name, entry in METHODS.items()
    }
    made = {name: entry.make(context, learnt[name]) for name, entry in METHODS.items()}
    return Opened(context, learnt, made)


def varied(seed=0):
    """Listeners differ, and a prior learns that they do: one is contrary, one says Q1 throughout.

    Neither is in the group of the listener who is judged.
    """
    study = small_studies.study(n_listeners=5, n_labels=40, seed=seed, contrary="listener 0")
    return answering(study, np.array(study.labels.listeners) == "listener 3", 0)


def answering(study, is_other, y):
    """The study in which some labels say otherwise."""
    said = np.where(is_other, y, study.labels.y)
    return dataclasses.replace(study, labels=dataclasses.replace(study.labels, y=said))


def opposite(study, is_other):
    """The study in which some labels say the opposite."""
    return answering(study, is_other, (study.labels.y + 2) % 4)


@pytest.fixture(scope="module", name="study")
def _study():
    return varied()


@pytest.fixture(scope="module", name="mine")
def _mine(study):
    return np.array(study.labels.listeners) == WHO


@pytest.fixture(scope="module", name="true")
def _true(study):
    return opened(study)


@pytest.fixture(scope="module", name="contrary")
def _contrary(study, mine, true):
    """The same where the listener says the opposite of every track."""
    found = opened(opposite(study, mine))
    assert (found.context.y != true.context.y).all()
    return found


@pytest.fixture(scope="module", name="stubborn")
def _stubborn(study, mine):
    """The same where the listener says Q1 of every track."""
    return opened(answering(study, mine, 0))


@pytest.fixture(scope="module", name="alike")
def _alike():
    """A study whose listeners are alike: a prior learns that others' votes are worth much."""
    return opened(small_studies.study())


@pytest.fixture(scope="module", name="same_of_four")
def _same_of_four(study, mine, true):
    """The same where the listener says the opposite of all but the first four tracks."""
    labelled = true.context.places[true.context.order[:4]]
    is_given = mine & np.isin(study.track_places, labelled)
    found = opened(opposite(study, mine & ~is_given))
    assert (found.context.order == true.context.order).all()
    assert (found.context.y != true.context.y).sum() == true.context.n_pool - 4
    return found


@pytest.mark.parametrize("crowd", range(len(N_OTHERS)))
@pytest.mark.parametrize("n", PROTOCOL.n_labels)
@pytest.mark.parametrize("name", METHODS)
def test_it_answers_with_distributions(name, n, crowd, true):
    answer = true.said(name, n, crowd)

    assert answer.proba.shape == (true.context.n_test, 4)
    assert (answer.proba >= 0).all()
    np.testing.assert_allclose(answer.proba.sum(axis=1), 1.0, atol=1e-6)
    kinds = [(sets.shape, sets.dtype) for sets in (answer.sets,) if sets is not None]
    assert kinds in ([], [(answer.proba.shape, bool)])


@pytest.mark.parametrize("name", METHODS)
def test_what_was_asked_before_does_not_matter(name, true):
    first = true.said(name, 12)
    for n, crowd in ((0, 0), (4, 0), (12, 1), (12, 2)):
        true.said(name, n, crowd)

    np.testing.assert_array_equal(first.proba, true.said(name, 12).proba)


@pytest.mark.parametrize("name", METHODS)
def test_what_it_learns_of_others_is_the_same_whatever_the_listener_says(name, true, contrary):
    assert contrary.learnt[name].keys() == true.learnt[name].keys()
    for key, value in true.learnt[name].items():
        np.testing.assert_array_equal(contrary.learnt[name][key], value)


@pytest.mark.parametrize("crowd", range(len(N_OTHERS)))
@pytest.mark.parametrize("name", METHODS)
def test_it_looks_at_the_labels_it_is_given_and_at_no_other(
    name, crowd, true, contrary, same_of_four
):
    for n, other in ((0, contrary), (4, same_of_four)):
        theirs = other.said(name, n, crowd)
        np.testing.assert_array_equal(theirs.proba, true.said(name, n, crowd).proba)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        # A level, and a taste.
        *((name, "stubborn") for name in sorted(set(METHODS) - UNTEACHABLE)),
        *((name, "contrary") for name in sorted(set(METHODS) - UNTEACHABLE - WITHOUT_TASTE)),
    ],
)
def test_it_learns_from_the_labels_it_is_given(name, other, true, request):
    theirs = request.getfixturevalue(other).said(name, 12)

    assert not np.allclose(theirs.proba, true.said(name, 12).proba, atol=1e-3)


@pytest.mark.parametrize("name", sorted(READERS))
def test_whoever_reads_votes_answers_otherwise_without_them(name, alike):
    beside, alone = (alike.said(name, 12, crowd).proba for crowd in (0, 2))

    assert not np.allclose(beside, alone, atol=1e-3)


@pytest.mark.parametrize("name", sorted(set(METHODS) - READERS))
def test_whoever_reads_no_votes_answers_the_same_beside_every_crowd(name, true):
    every, *fewer = (true.said(name, 12, crowd).proba for crowd in range(len(N_OTHERS)))

    for proba in fewer:
        np.testing.assert_array_equal(proba, every)
