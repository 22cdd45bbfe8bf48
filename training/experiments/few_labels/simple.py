"""What needs no personal model, or nothing but the listener's own answers."""

from collections.abc import Callable

from models.arrays import IntVector, Proba
from training.experiments.baselines import own
from training.experiments.few_labels.context import Context
from training.experiments.few_labels.method import Answer


class Unchanging:
    """Says the same whatever the listener answers."""

    def __init__(self, proba: Proba) -> None:
        self._answer = Answer(proba)

    def answer(self, asked: IntVector) -> Answer:
        """Return it."""
        del asked
        return self._answer


class Own:
    """A logistic regression on the listener's own answers alone."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def answer(self, asked: IntVector) -> Answer:
        """Return what the regression says; without an answer, nothing is known."""
        return Answer(own(self._context, asked))


def population(context: Context) -> Proba:
    """Return what the shared committee says of the judged tracks."""
    return context.proba[context.n_pool :]


def unchanging(said: Callable[[Context], Proba]) -> Callable[[Context], Unchanging]:
    """Return what makes a method of a distribution that never changes."""
    return lambda context: Unchanging(said(context))
