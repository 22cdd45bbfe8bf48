"""Calibration of what is expected of a listener to the listeners of a deployment.

The prior of listeners (:mod:`models.personal.logistic.prior`) is learnt from a log of answers. It
is judged prequentially: fitted to the earlier part, compared with the shipped one on the rest.
Only if it predicts better there, it is fitted to all and taken.

The constants were chosen by ``python -m training learning``: see ``docs/operating.md``.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

from models.personal.logistic import Prior
from models.personal.logistic.evidence import fit_prior
from models.personal.logistic.prequential import AnswerLog, Comparison, compare

LEAST_LISTENERS = 20
"""Of fewer listeners with `LEAST_ANSWERS` nothing is learnt."""
LEAST_ANSWERS = 5
MOST_KEPT = 10_000
"""The last so many answers are learnt from: four numbers need no more."""
SHRINKAGE = 0.5
"""Standard deviation of the logarithm of each number around the shipped one."""
EARLY = 2.0 / 3.0
"""Share of the answers that what is judged is fitted to."""
_DIGITS = 6

State = Literal["few", "worse", "learnt"]


@dataclass(frozen=True, slots=True)
class ListenerCalibration:
    """What a deployment has taught of its listeners.

    Attributes:
        shipped: The snapshot's prior.
        learnt: What is served in its place; None where nothing is.
        n_answers: How many answers were read, the last `MOST_KEPT` at most.
        n_listeners: How many listeners gave `LEAST_ANSWERS` of them or more.
        judged: On answers that it was not fitted to; None where there were too few listeners.
    """

    shipped: Prior
    learnt: Prior | None
    n_answers: int
    n_listeners: int
    judged: Comparison | None

    @property
    def state(self) -> State:
        """What came of it: too few listeners, no better than what is shipped, or a prior."""
        if self.judged is None:
            return "few"
        return "worse" if self.learnt is None else "learnt"

    @property
    def is_sound(self) -> bool:
        """Whether the numbers that are served are finite and above 0."""
        numbers = () if self.learnt is None else asdict(self.learnt).values()
        return all(0.0 < number < math.inf for number in numbers)

    def to_facts(self) -> dict[str, Any]:
        """Return what is stored, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Return what was stored."""
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
    """Learn the prior of listeners from a deployment's answers.

    Args:
        log: All that stand.
        shipped: The snapshot's prior; what is learnt is shrunk towards it.
        least: Of fewer listeners with `LEAST_ANSWERS` nothing is learnt.
    """
    kept = log.take(slice(max(0, len(log) - MOST_KEPT), None))
    n_listeners = kept.n_listeners(LEAST_ANSWERS)
    track_without_features = ListenerCalibration(shipped, None, len(kept), n_listeners, None)
    if n_listeners < least:
        return track_without_features
    first = int(EARLY * len(kept))
    judged = compare(kept, first, shipped, _fitted(kept.take(slice(first)), shipped))
    learnt = _fitted(kept, shipped) if judged.is_better else None
    return replace(track_without_features, learnt=learnt, judged=_rounded(judged))


def _fitted(log: AnswerLog, shipped: Prior) -> Prior:
    return fit_prior([log.studied()], shipped, shrinkage=SHRINKAGE)


def _rounded(judged: Comparison) -> Comparison:
    """Return the figures as they are kept: sums in another order give the same calibration."""
    found = {name: getattr(judged, name) for name in ("shipped", "learnt", "low", "high")}
    known = {name: round(nats, _DIGITS) for name, nats in found.items() if nats is not None}
    return replace(judged, **known)
