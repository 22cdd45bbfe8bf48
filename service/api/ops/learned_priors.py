"""What the service has learnt of its listeners: what is expected of one, shipped and now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.calibration.listeners import LEAST_ANSWERS, LEAST_LISTENERS, ListenerCalibration
from models.personal.logistic import Prior
from models.personal.logistic.prequential import Comparison
from models.snapshot import Snapshot
from service.db.calibrations import CalibrationRecord, Calibrations
from service.db.counts import UsageTotals
from service.errors import UnreadableCalibrationError

State = Literal["few", "waiting", "worse", "learnt"]


@dataclass(frozen=True, slots=True)
class LearnedPrior:
    """What the service expects of a listener, and why.

    Attributes:
        n_listeners: How many have `n_answers_each` answers that stand.
        shipped: What the snapshot expects.
        record: The calibration that stands; None where there is none.
    """

    n_listeners: int
    shipped: Prior
    record: CalibrationRecord | None

    @property
    def found(self) -> ListenerCalibration | None:
        """What the last calibration made of the listeners' answers; None where none did."""
        return None if self.record is None else self.record.calibration.listeners

    @property
    def state(self) -> State:
        """Which of these it is: too few listeners, none calibrated yet, no better, learnt."""
        if self.found is not None and self.found.state != "few":
            return self.found.state
        return "few" if self.n_listeners < LEAST_LISTENERS else "waiting"

    @property
    def learnt(self) -> Prior | None:
        """What is expected in the place of what is shipped; None where nothing is."""
        return None if self.found is None else self.found.learnt

    @property
    def judged(self) -> Comparison | None:
        """Both on answers that the learnt one was not fitted to; None where none was."""
        return None if self.found is None else self.found.judged

    @property
    def n_fitted(self) -> int:
        """How many answers it was learnt from; 0 where nothing was."""
        return 0 if self.found is None or self.learnt is None else self.found.n_answers

    @property
    def calibrated_at(self) -> datetime | None:
        """When the answers were read last."""
        return None if self.found is None or self.record is None else self.record.created_at

    @property
    def n_needed(self) -> int:
        """How many listeners are needed."""
        return LEAST_LISTENERS

    @property
    def n_answers_each(self) -> int:
        """How many answers a listener counts from."""
        return LEAST_ANSWERS


def learned_prior(
    snapshot: Snapshot, calibrations: Calibrations, counted: UsageTotals
) -> LearnedPrior:
    """Return what the service has learnt of its listeners.

    Args:
        snapshot: As it is served.
        calibrations: Where they are kept.
        counted: How much there is now.
    """
    n_listeners = sum(
        crowd.n_users for crowd in counted.user_bins if crowd.from_labels >= LEAST_ANSWERS
    )
    try:
        record = calibrations.standing(snapshot.version)
    except UnreadableCalibrationError:  # it is not served either
        record = None
    return LearnedPrior(n_listeners, snapshot.shipped_prior, record)
