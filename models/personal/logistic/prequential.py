"""Prequential comparison of two priors (Dawid 1984).

Each answer is predicted from the listener's earlier answers. A prior fitted to the beginning of a
log is compared with another on the rest. Intervals are over listeners, because only listeners, not
their answers, are independent.
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
    """Current answers in chronological order, at most one for each listener and track.

    Attributes:
        listener: Number of the listener ``(n_answers,)``.
        track: Number of the track ``(n_answers,)``.
        log_p0: Log of the population model for the track ``(n_answers, n_quadrants)``.
        phi: The track's components on which taste depends ``(n_answers, n_components)``.
        e: The answers as votes ``(n_answers, n_quadrants)``.
        frozen: Others' votes on the track at the time of the answer ``(n_answers, n_quadrants)``.
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
        """Return some of the answers."""
        return AnswerLog(*(getattr(self, name)[rows] for name in AnswerLog.__slots__))

    def n_listeners(self, least: int = 1) -> int:
        """Return the number of listeners with at least ``least`` answers."""
        return int((np.unique(self.listener, return_counts=True)[1] >= least).sum())

    def studied(self) -> StudyEvidence:
        """Return the evidence under others' votes at each answer, and under the final votes."""
        others = np.stack([self.frozen, self._final_votes()])
        return StudyEvidence(self.listener, self.log_p0, self.phi, self.e, others)

    def _final_votes(self) -> Votes:
        """Return others' votes on the track of each answer at the end of the log."""
        places = np.unique(self.track, return_inverse=True)[1]
        totals = np.zeros((int(places.max(initial=-1)) + 1, self.e.shape[1]))
        np.add.at(totals, places, self.e)
        return np.asarray(totals[places] - self.e)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Negative log-likelihood of held-out answers under two priors, in nats per answer.

    Attributes:
        n_answers: Number of answers.
        n_listeners: Number of listeners.
        shipped: Mean under the snapshot's prior.
        learnt: Mean under the learnt prior.
        low: Lower bound of a 95 % interval of ``learnt - shipped`` over listeners; None for a
            single listener.
        high: The upper bound.
    """

    n_answers: int
    n_listeners: int
    shipped: float
    learnt: float
    low: float | None
    high: float | None

    @property
    def is_better(self) -> bool:
        """Whether the learnt prior predicts better."""
        return self.learnt < self.shipped


def compare(log: AnswerLog, first: int, shipped: Prior, learnt: Prior) -> Comparison:
    """Return the comparison of two priors on the answers from place ``first`` on.

    Args:
        log: The answers.
        first: Below the number of answers.
        shipped: The snapshot's prior.
        learnt: A prior fitted to answers before ``first`` only.
    """
    held_out = log.take(slice(first, None))
    losses = [
        -(held_out.e * predicted(log, first, prior)).sum(axis=1) for prior in (shipped, learnt)
    ]
    before, after = (float(loss.mean()) for loss in losses)
    margin = _margin(losses[1] - losses[0], held_out.listener)
    bounds = (None, None) if margin is None else (after - before - margin, after - before + margin)
    return Comparison(len(held_out), held_out.n_listeners(), before, after, *bounds)


def predicted(log: AnswerLog, first: int, prior: Prior) -> Doubles:
    """Return log-probabilities of the answers from place ``first`` on ``(n_left, n_quadrants)``.

    Each is predicted from the listener's earlier answers, under the votes at the time.
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
    """Return, for each answer from place ``first`` on, the rows of the listener's last answers."""
    rows_of: dict[int, list[int]] = {}
    found = []
    for row, who in enumerate(listener.tolist()):
        own = rows_of.setdefault(who, [])
        if row >= first:
            found.append(np.array(own[-MOST_ANSWERS:], np.int64))
        own.append(row)
    return found


def _margin(difference: Proba, listener: IntVector) -> float | None:
    """Return half the width of an interval, over listeners, of a mean over answers.

    Student's t with the linearised variance of a ratio of sums over clusters (Cochran 1977, 6.3).
    """
    places = np.unique(listener, return_inverse=True)[1]
    n = int(places.max()) + 1
    if n == 1:
        return None
    residuals = np.bincount(places, difference - difference.mean())
    variance = (residuals**2).sum() * n / (n - 1) / len(difference) ** 2
    return float(stdtrit(n - 1, _UPPER)) * math.sqrt(variance)
