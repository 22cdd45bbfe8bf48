"""Prequential judgement: each answer is predicted from what its listener had answered before.

A prior that was fitted to the beginning of a log is compared with another on the rest of it
(Dawid 1984). Listeners are drawn independently, and not their answers.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from models.arrays import IntVector, Proba, Votes
from models.personal.logistic.evidence import MOST_ANSWERS, StudyEvidence
from models.personal.logistic.laplace import Batch, batches, find_modes, gathered
from models.personal.logistic.prior import Doubles, Prior, log_softmax
from models.population import AXES

_UPPER = 0.975


@dataclass(frozen=True, slots=True, eq=False)
class AnswerLog:
    """Answers that stand, in the order in which they were given; one a listener and track.

    Attributes:
        listener: Who, as a number ``(n_answers,)``.
        track: About which track, as a number ``(n_answers,)``.
        log_p0: Log of what the population model says of the track ``(n_answers, n_quadrants)``.
        phi: The track's components over which taste is learnt ``(n_answers, n_components)``.
        e: The answers as votes ``(n_answers, n_quadrants)``.
        frozen: Other listeners' votes on the track when the answer was written
            ``(n_answers, n_quadrants)``.
    """

    listener: IntVector
    track: IntVector
    log_p0: Doubles
    phi: Doubles
    e: Votes
    frozen: Votes

    def __len__(self) -> int:
        """Return the number of answers."""
        return len(self.listener)

    def take(self, rows: slice) -> "AnswerLog":
        """Return some of them."""
        return AnswerLog(*(getattr(self, name)[rows] for name in AnswerLog.__slots__))

    def n_listeners(self, least: int = 1) -> int:
        """Return how many listeners gave so many answers."""
        return int((np.unique(self.listener, return_counts=True)[1] >= least).sum())

    def studied(self) -> StudyEvidence:
        """Return the same to fit a prior to, beside the votes of then and those of now."""
        others = np.stack([self.frozen, self._of_now()])
        return StudyEvidence(self.listener, self.log_p0, self.phi, self.e, others)

    def _of_now(self) -> Votes:
        """Return others' votes on the track of each answer as this log ends."""
        places = np.unique(self.track, return_inverse=True)[1]
        totals = np.zeros((int(places.max(initial=-1)) + 1, self.e.shape[1]))
        np.add.at(totals, places, self.e)
        return np.asarray(totals[places] - self.e)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Negative log-likelihood of answers that neither prior was fitted to, in nats an answer.

    Attributes:
        n_answers: How many were judged.
        n_listeners: How many listeners gave them.
        shipped: Mean under the prior of the snapshot.
        learnt: Mean under the prior that was learnt.
        low: Of the difference ``learnt - shipped``, the bounds of a 95 % interval over listeners;
            None of a single listener.
        high: See ``low``.
    """

    n_answers: int
    n_listeners: int
    shipped: float
    learnt: float
    low: float | None
    high: float | None

    @property
    def is_better(self) -> bool:
        """Whether what was learnt predicts better."""
        return self.learnt < self.shipped


def compare(log: AnswerLog, first: int, shipped: Prior, learnt: Prior) -> Comparison:
    """Compare two priors on the answers of a log from one on.

    Args:
        log: The answers.
        first: Place of the first that is judged, below the number of answers.
        shipped: One prior.
        learnt: The other; fitted to answers before ``first`` only.
    """
    judged = log.take(slice(first, None))
    losses = [
        -(judged.e * predicted(log, first, prior)).sum(axis=1) for prior in (shipped, learnt)
    ]
    before, after = (float(loss.mean()) for loss in losses)
    margin = _margin(losses[1] - losses[0], judged.listener)
    bounds = (None, None) if margin is None else (after - before - margin, after - before + margin)
    return Comparison(len(judged), judged.n_listeners(), before, after, *bounds)


def predicted(log: AnswerLog, first: int, prior: Prior) -> Doubles:
    """Return the log-probabilities of answers from one on ``(n_judged, n_quadrants)``.

    Each is predicted from its listener's answers before it, and the votes of then.
    """
    design = np.column_stack([np.ones(len(log)), log.phi])
    scale = np.sqrt(prior.variances(log.phi.shape[1]))
    logits = prior.item(log.log_p0, log.frozen)
    item, found = logits, logits[first:].copy()
    for some, rows in batches(_earlier(log.listener, first)):
        batch = Batch(gathered(log.e, rows), gathered(design, rows))
        modes = find_modes(batch, gathered(item, rows), scale, batch.start())
        about = (design[first + some] * scale)[:, None, :]
        found[some] += (about @ modes.weights @ AXES.T)[:, 0]
    return log_softmax(found)


def _earlier(listener: IntVector, first: int) -> list[IntVector]:
    """Return for each answer from one on its listener's last answers before it."""
    rows_of: dict[int, list[int]] = {}
    found = []
    for row, who in enumerate(listener.tolist()):
        own = rows_of.setdefault(who, [])
        if row >= first:
            found.append(np.array(own[-MOST_ANSWERS:], np.int64))
        own.append(row)
    return found


def _margin(difference: Proba, listener: IntVector) -> float | None:
    """Return half the width of an interval over listeners of a mean over answers.

    The variance of a ratio of sums over clusters, linearised (Cochran 1977, 6.3), with Student's
    t.
    """
    places = np.unique(listener, return_inverse=True)[1]
    n = int(places.max()) + 1
    if n == 1:
        return None
    residuals = np.bincount(places, difference - difference.mean())
    variance = (residuals**2).sum() * n / (n - 1) / len(difference) ** 2
    return float(stdtrit(n - 1, _UPPER)) * math.sqrt(variance)
