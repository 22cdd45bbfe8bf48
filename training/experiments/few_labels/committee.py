"""The shared committee, whose members learn a listener's answers."""

from models.arrays import IntVector
from training.experiments.few_labels.context import Context
from training.experiments.few_labels.method import Answer, Arrays
from training.experiments.few_labels.other_votes import Crowd
from training.experiments.few_labels.plan import BATCH
from training.experiments.learners import IncrementalLearner, Learner, RefitLearner, consensus


class Batches:
    """Answers come in batches, and each is learnt on top of what the last one left."""

    def __init__(self, context: Context, _: Arrays) -> None:
        self._start = context.start  # fitted, if need be, before anything is learnt

    def answer(self, asked: IntVector, crowd: Crowd) -> Answer:
        """Return what the committee says that has learnt some answers."""
        del crowd
        learner = IncrementalLearner(self._start)
        for begin in range(0, len(asked), BATCH):
            newest = asked[begin : begin + BATCH]
            learner.learn(asked[: begin + len(newest)], newest)
        return _said(learner)


class Anew:
    """All answers are learnt at once on the shared models."""

    def __init__(self, context: Context, _: Arrays) -> None:
        self._start = context.start  # fitted, if need be, before anything is learnt

    def answer(self, asked: IntVector, crowd: Crowd) -> Answer:
        """Return what the committee says that has learnt some answers."""
        del crowd
        learner = RefitLearner(self._start)
        if len(asked):
            learner.learn(asked, asked)
        return _said(learner)


def _said(learner: Learner) -> Answer:
    return Answer(consensus(learner, learner.start.test))
