"""Targets of our methods, and by how much they miss them."""

from collections.abc import Iterator
from dataclasses import dataclass

from training.experiments.few_labels.method import NOMINAL
from training.experiments.few_labels.report.findings import Findings, shown_at
from training.reporting.comparison import Line
from training.reporting.scores import PARTS

TOLERANCE = 0.03
"""Largest distance of coverage from the nominal coverage."""
MOST_ECE = 0.05
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Gap:
    """A coverage outside the tolerance.

    Attributes:
        n_labels: Number of labels.
        covered: Share of tracks covered.
    """

    n_labels: int
    covered: float

    @property
    def points(self) -> float:
        """Percentage points beyond the tolerance."""
        return 100 * (abs(self.covered - NOMINAL) - TOLERANCE)

    @property
    def side(self) -> str:
        """Side of the range: ``under`` or ``over``."""
        return "under" if self.covered < NOMINAL else "over"


@dataclass(frozen=True, slots=True)
class Target:
    """A required gain of our methods over another method.

    Attributes:
        dataset: Name of the study.
        n_labels: Number of labels.
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
"""Targets with the votes of all other listeners."""


@dataclass(frozen=True, slots=True)
class TargetResult:
    """Result of one figure of a target."""

    target: Target
    figure: str
    line: Line
    gain: float
    wanted: float

    @property
    def missed_by(self) -> float:
        """Missing gain; above 0 if the target was missed."""
        return self.wanted - self.gain


def targets(found: Findings, name: str) -> list[TargetResult]:
    """Return a method's results for the targets of this experiment."""
    return [
        result
        for target in TARGETS
        if target.dataset == found.plan.protocol.dataset
        and target.against in found.plan.methods
        and target.n_labels in found.judged_at
        and found.n_others is None
        for result in _results(found, name, target)
    ]


def _results(found: Findings, name: str, target: Target) -> Iterator[TargetResult]:
    for figure, wanted, sign in (("accuracy", target.accuracy, 1), ("NLL", target.nll, -1)):
        for one in found.contrasts(name, "all", figure):
            if (one.against, one.n_labels) == (target.against, target.n_labels):
                gain = sign * one.line.difference.estimate
                yield TargetResult(target, figure, one.line, gain, wanted)


def gaps(found: Findings, name: str, part: str) -> list[Gap]:
    """Return the numbers of labels at which a method's coverage is outside the tolerance."""
    means = found.covered(name).estimate[PARTS.index(part)]
    return [
        Gap(n, float(mean))
        for n, mean in zip(found.n_labels, means, strict=True)
        if not abs(mean - NOMINAL) <= TOLERANCE + _ROUNDING
    ]


def calibration(found: Findings, name: str) -> list[tuple[int, float]]:
    """Return a method's ECE at 0 labels and at the numbers of labels of the tests."""
    values = found.quality[-1, found.place(name)]
    return list(zip(shown_at(found.n_labels), map(float, values), strict=True))
