"""What was asked of our methods, and by how much they miss it."""

from collections.abc import Iterator
from dataclasses import dataclass

from training.experiments.few_labels.method import NOMINAL
from training.experiments.few_labels.report.findings import Findings, shown_at
from training.reporting.comparison import Line
from training.reporting.scores import PARTS

TOLERANCE = 0.03
"""How far the share of tracks that sets cover may be from what they promise."""
MOST_ECE = 0.05
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Gap:
    """A share of tracks covered that is too far from the nominal one.

    Attributes:
        n_labels: After how many labels.
        covered: The share.
    """

    n_labels: int
    covered: float

    @property
    def points(self) -> float:
        """Percentage points beyond the tolerance."""
        return 100 * (abs(self.covered - NOMINAL) - TOLERANCE)

    @property
    def side(self) -> str:
        """On which side of the range."""
        return "under" if self.covered < NOMINAL else "over"


@dataclass(frozen=True, slots=True)
class Target:
    """By how much a method was to be better than another.

    Attributes:
        dataset: On whose listeners.
        n_labels: After how many labels.
        against: The other method.
        accuracy: Least gain in accuracy.
        nll: Least gain in NLL, in nats.
    """

    dataset: str
    n_labels: int
    against: str
    accuracy: float
    nll: float


TARGETS = (
    Target("agreement", 8, "gaussian-shipped", 0.03, 0.06),
    Target("agreement", 8, "gaussian", 0.03, 0.06),
)
"""Beside the votes of all other listeners."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What came of one figure of a target: the gain, and by how much it misses."""

    target: Target
    figure: str
    line: Line
    gain: float
    wanted: float

    @property
    def missed_by(self) -> float:
        """Above 0 where the target was missed."""
        return self.wanted - self.gain


def targets(found: Findings, name: str) -> list[Hit]:
    """Return what came of each target of this experiment that a method was to reach."""
    return [
        hit
        for target in TARGETS
        if target.dataset == found.plan.protocol.dataset
        and target.against in found.plan.methods
        and target.n_labels in found.judged_at
        and found.n_others is None
        for hit in _hits(found, name, target)
    ]


def _hits(found: Findings, name: str, target: Target) -> Iterator[Hit]:
    for figure, wanted, sign in (("accuracy", target.accuracy, 1), ("NLL", target.nll, -1)):
        for one in found.contrasts(name, "all", figure):
            if (one.against, one.n_labels) == (target.against, target.n_labels):
                gain = sign * one.line.difference.estimate
                yield Hit(target, figure, one.line, gain, wanted)


def gaps(found: Findings, name: str, part: str) -> list[Gap]:
    """Return where a method's sets do not cover what they promise."""
    means = found.covered(name).estimate[PARTS.index(part)]
    return [
        Gap(n, float(mean))
        for n, mean in zip(found.n_labels, means, strict=True)
        if not abs(mean - NOMINAL) <= TOLERANCE + _ROUNDING
    ]


def calibration(found: Findings, name: str) -> list[tuple[int, float]]:
    """Return a method's ECE at 0 labels and where differences are tested."""
    values = found.quality[-1, found.place(name)]
    return list(zip(shown_at(found.n_labels), map(float, values), strict=True))
