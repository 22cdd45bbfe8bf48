"""Baselines of personalisation, and the shared committee that learns a listener's answers."""

from models.arrays import IntVector, Proba
from training.experiments.baselines import majority, own, smoothed
from training.experiments.few_labels.context import Context
from training.experiments.few_labels.method import Answer, Arrays
from training.experiments.few_labels.other_votes import Crowd
from training.experiments.few_labels.plan import BATCH
from training.experiments.learners import IncrementalLearner, Learner, RefitLearner, consensus


class Constant:
    """The same predictions for any answers."""

    def __init__(self, proba: Proba) -> None:
        self._answer = Answer(proba)

    def answer(self, labelled: IntVector, crowd: Crowd) -> Answer:
        """Return the predictions."""
        del labelled, crowd
        return self._answer


def frequencies(context: Context, _: Arrays) -> Constant:
    """Return the frequencies of the quadrants as predictions."""
    return Constant(majority(context))


def population(context: Context, _: Arrays) -> Constant:
    """Return the shared committee's predictions."""
    return Constant(context.proba[context.n_pool :])


class Others:
    """The other listeners' votes on a track, smoothed by the frequencies of the quadrants."""

    def __init__(self, context: Context, _: Arrays) -> None:
        self._context = context

    def answer(self, labelled: IntVector, crowd: Crowd) -> Answer:
        """Return the smoothed shares of votes; cold tracks have no votes."""
        del labelled
        return Answer(smoothed(crowd.votes[self._context.n_pool :], self._context.prior))


class Own:
    """A logistic regression on the listener's own answers alone."""

    def __init__(self, context: Context, _: Arrays) -> None:
        self._context = context

    def answer(self, labelled: IntVector, crowd: Crowd) -> Answer:
        """Return the regression's predictions; uniform ones without an answer."""
        del crowd
        return Answer(own(self._context, labelled))


class SuccessiveCommittee:
    """The committee learns batches of answers, each on top of the previous batch."""

    def __init__(self, context: Context, _: Arrays) -> None:
        self._start = context.start  # fitted here, so that the time of an answer excludes it

    def answer(self, labelled: IntVector, crowd: Crowd) -> Answer:
        """Return the committee's predictions after some answers."""
        del crowd
        learner = IncrementalLearner(self._start)
        for begin in range(0, len(labelled), BATCH):
            newest = labelled[begin : begin + BATCH]
            learner.learn(labelled[: begin + len(newest)], newest)
        return _answer_of(learner)


class RefitCommittee:
    """The committee learns all answers at once on top of the shared models."""

    def __init__(self, context: Context, _: Arrays) -> None:
        self._start = context.start  # fitted here, so that the time of an answer excludes it

    def answer(self, labelled: IntVector, crowd: Crowd) -> Answer:
        """Return the committee's predictions after some answers."""
        del crowd
        learner = RefitLearner(self._start)
        if len(labelled):
            learner.learn(labelled, labelled)
        return _answer_of(learner)


def _answer_of(learner: Learner) -> Answer:
    return Answer(consensus(learner, learner.start.test))
