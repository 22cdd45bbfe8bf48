"""What was asked of our methods, and by how much they miss it."""

from dataclasses import dataclass

from training.experiments.few_labels.method import NOMINAL
from training.reporting.few_labels.findings import Findings
from training.reporting.scores import PARTS

TOLERANCE = 0.03
"""How far the share of tracks that sets cover may be from what they promise."""
MOST_ECE = 0.05
MARKS = {"trompa": {"warm": 0.589, "cold": 0.473}}
"""What a pilot's Gaussian model reached at 52 labels, on other splits."""
MARKED_AT = 52
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


def marks(found: Findings, name: str) -> list[tuple[str, float, float]]:
    """Return the parts of the tracks that the pilot has marks of: a method's F1 and the mark."""
    if MARKED_AT not in found.n_labels:
        return []
    f1 = found.f1.estimate[found.place(name), :, found.n_labels.index(MARKED_AT)]
    marked = MARKS.get(found.plan.protocol.dataset, {})
    return [(part, float(f1[PARTS.index(part)]), mark) for part, mark in marked.items()]


def gaps(found: Findings, name: str, part: str) -> list[Gap]:
    """Return where a method's sets do not cover what they promise."""
    means = found.covered(name).estimate[PARTS.index(part)]
    return [
        Gap(n, float(mean))
        for n, mean in zip(found.n_labels, means, strict=True)
        if not abs(mean - NOMINAL) <= TOLERANCE + _ROUNDING
    ]


def calibration(found: Findings, name: str) -> list[tuple[int, float]]:
    """Return a method's ECE at 0 and at the most labels."""
    ends = found.quality[-1, found.place(name)]
    return list(zip((found.n_labels[0], found.n_labels[-1]), map(float, ends), strict=True))
