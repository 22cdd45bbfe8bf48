"""Calibration of the user prior to the users of a deployment.

The prior (:mod:`models.personal.logistic.prior`) is fitted to a log of labels and validated
prequentially: fitted to the earlier part, compared with the shipped prior on the later part. It is
used, fitted to the whole log, only if it predicts better there.

``python -m training learning`` chose the constants: see ``docs/operating.md``.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

from models.personal.logistic import Prior
from models.personal.logistic.evidence import fit_prior
from models.personal.logistic.prequential import AnswerLog, Comparison, compare

LEAST_LISTENERS = 20
"""Minimum number of users with `LEAST_ANSWERS` labels for a fit."""
LEAST_ANSWERS = 5
MOST_KEPT = 10_000
"""Only the newest labels up to this number are read, which suffices for four parameters."""
SHRINKAGE = 0.5
"""Prior standard deviation of each parameter's logarithm around the shipped one."""
EARLY = 2.0 / 3.0
"""Share of the labels that the validated prior is fitted to."""
_DIGITS = 6

State = Literal["few", "worse", "learnt"]


@dataclass(frozen=True, slots=True)
class ListenerCalibration:
    """The user prior of a deployment and its validation.

    Attributes:
        shipped: The snapshot's prior.
        learnt: The fitted prior, if it is used.
        n_answers: Number of labels read, at most `MOST_KEPT`.
        n_listeners: Number of users with at least `LEAST_ANSWERS` of them.
        judged: Comparison on held-out labels; None if there were too few users.
    """

    shipped: Prior
    learnt: Prior | None
    n_answers: int
    n_listeners: int
    judged: Comparison | None

    @property
    def state(self) -> State:
        """The result: too few users, no improvement on the shipped prior, or a learnt prior."""
        if self.judged is None:
            return "few"
        return "worse" if self.learnt is None else "learnt"

    @property
    def is_sound(self) -> bool:
        """Whether the learnt parameters are finite and above 0."""
        numbers = () if self.learnt is None else asdict(self.learnt).values()
        return all(0.0 < number < math.inf for number in numbers)

    def to_facts(self) -> dict[str, Any]:
        """Return all fields to store, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Restore a stored calibration."""
        learnt, judged = facts["learnt"], facts["judged"]
        return cls(
            shipped=Prior(**facts["shipped"]),
            learnt=None if learnt is None else Prior(**learnt),
            n_answers=int(facts["n_answers"]),
            n_listeners=int(facts["n_listeners"]),
            judged=None if judged is None else Comparison(**judged),
        )


def fit_listeners(
    log: AnswerLog, shipped: Prior, *, least: int = LEAST_LISTENERS
) -> ListenerCalibration:
    """Fit and validate the user prior on all current labels, shrunk towards the shipped prior.

    Args:
        log: Current labels.
        shipped: The snapshot's prior.
        least: Minimum number of users with `LEAST_ANSWERS` labels.
    """
    recent = log.take(slice(max(0, len(log) - MOST_KEPT), None))
    n_listeners = recent.n_listeners(LEAST_ANSWERS)
    unchanged = ListenerCalibration(shipped, None, len(recent), n_listeners, None)
    if n_listeners < least:
        return unchanged
    first = int(EARLY * len(recent))
    judged = compare(recent, first, shipped, _fit(recent.take(slice(first)), shipped))
    learnt = _fit(recent, shipped) if judged.is_better else None
    return replace(unchanged, learnt=learnt, judged=_rounded(judged))


def _fit(log: AnswerLog, shipped: Prior) -> Prior:
    return fit_prior([log.studied()], shipped, shrinkage=SHRINKAGE)


def _rounded(judged: Comparison) -> Comparison:
    """Round the figures, so that the order of sums does not change the calibration."""
    found = {name: getattr(judged, name) for name in ("shipped", "learnt", "low", "high")}
    known = {name: round(nats, _DIGITS) for name, nats in found.items() if nats is not None}
    return replace(judged, **known)
