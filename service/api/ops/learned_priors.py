"""The prior over listeners: as the snapshot ships it, and as learnt from the service's users."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.calibration.listeners import LEAST_ANSWERS, LEAST_LISTENERS
from models.personal.logistic import Prior
from models.personal.logistic.prequential import Comparison
from models.snapshot import Snapshot
from service.db.calibrations import Calibrations
from service.db.counts import UsageTotals
from service.errors import UnreadableCalibrationError


@dataclass(frozen=True, slots=True)
class LearnedPrior:
    """The prior over listeners that the service uses, and how it was learnt.

    Attributes:
        state: Whether users are too few, no calibration ran yet, the learnt prior was no better,
            or it is in use.
        learnt: The prior that replaces the shipped one, or None.
        n_fitted: Number of answers that it was fitted to; 0 without one.
        judged: Both priors on answers that the learnt one was not fitted to, or None.
    """

    state: Literal["few", "waiting", "worse", "learnt"]
    n_listeners: int
    shipped: Prior
    learnt: Prior | None = None
    n_fitted: int = 0
    judged: Comparison | None = None
    calibrated_at: datetime | None = None
    n_needed: int = LEAST_LISTENERS
    n_answers_each: int = LEAST_ANSWERS


def learned_prior(
    snapshot: Snapshot, calibrations: Calibrations, counted: UsageTotals
) -> LearnedPrior:
    """Return the prior over listeners."""
    n_listeners = sum(
        each.n_users for each in counted.user_bins if each.from_labels >= LEAST_ANSWERS
    )
    try:
        record = calibrations.standing(snapshot.version)
    except UnreadableCalibrationError:  # the service does not use it either
        record = None
    fit = None if record is None else record.calibration.listeners
    few_or_waiting: Literal["few", "waiting"] = (
        "few" if n_listeners < LEAST_LISTENERS else "waiting"
    )
    if record is None or fit is None:
        return LearnedPrior(few_or_waiting, n_listeners, snapshot.shipped_prior)
    return LearnedPrior(
        few_or_waiting if fit.state == "few" else fit.state,
        n_listeners,
        snapshot.shipped_prior,
        learnt=fit.learnt,
        n_fitted=0 if fit.learnt is None else fit.n_answers,
        judged=fit.judged,
        calibrated_at=record.created_at,
    )
