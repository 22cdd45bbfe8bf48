"""What needs no personal model, or nothing but the listener's own answers."""

from models.arrays import IntVector
from training.experiments.baselines import majority, own, smoothed
from training.experiments.few_labels.context import Context
from training.experiments.few_labels.method import Answer, Arrays
from training.experiments.few_labels.other_votes import Crowd


class Majority:
    """How frequent the quadrants are, whatever the track."""

    def __init__(self, context: Context, _: Arrays) -> None:
        self._answer = Answer(majority(context))

    def answer(self, asked: IntVector, crowd: Crowd) -> Answer:
        """Return it."""
        del asked, crowd
        return self._answer


class Population:
    """What the shared committee says."""

    def __init__(self, context: Context, _: Arrays) -> None:
        self._answer = Answer(context.proba[context.n_pool :])

    def answer(self, asked: IntVector, crowd: Crowd) -> Answer:
        """Return it."""
        del asked, crowd
        return self._answer


class Others:
    """Others' votes on the very track, smoothed by how frequent the quadrants are."""

    def __init__(self, context: Context, _: Arrays) -> None:
        self._context = context

    def answer(self, asked: IntVector, crowd: Crowd) -> Answer:
        """Return the shares of votes; of cold tracks they are not known."""
        del asked
        return Answer(smoothed(crowd.votes[self._context.n_pool :], self._context.prior))


class Own:
    """A logistic regression on the listener's own answers alone."""

    def __init__(self, context: Context, _: Arrays) -> None:
        self._context = context

    def answer(self, asked: IntVector, crowd: Crowd) -> Answer:
        """Return what the regression says; without an answer, nothing is known."""
        del crowd
        return Answer(own(self._context, asked))
