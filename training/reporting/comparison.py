"""Paired differences within listeners, with intervals and tests."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from statsmodels.stats.multitest import multipletests

from training.metrics import Interval
from training.reporting.bootstrap import LEVEL, Bootstrap, by_other_tests
from training.reporting.number_format import UNKNOWN, p_value, signed, span
from training.reporting.scores import Floats


@dataclass(frozen=True, slots=True)
class Line:
    """A paired difference, corrected for the number of lines of its table.

    Attributes:
        difference: First minus second, with its 95 % percentile interval.
        together: Bounds of the simultaneous interval of all lines.
        p: Two-sided p-value of this line alone.
        corrected: p-value after Holm's correction.
        by_other_tests: Name of another test to its corrected p-value.
    """

    difference: Interval
    together: tuple[float, float]
    p: float
    corrected: float
    by_other_tests: Mapping[str, float]

    @property
    def is_judged(self) -> bool:
        """Whether there are enough listeners for a test."""
        return not np.isnan(self.corrected)

    @property
    def is_better(self) -> bool:
        """Whether the first is above the second after correction."""
        return self.corrected < LEVEL and self.difference.estimate > 0

    @property
    def is_significant(self) -> bool:
        """Whether the first is above the second by every test."""
        return self.is_better and max(self.by_other_tests.values()) < LEVEL

    @property
    def is_worse(self) -> bool:
        """Whether the first is below the second after correction."""
        return self.corrected < LEVEL and self.difference.estimate < 0

    @property
    def verdict(self) -> str:
        """The verdict after correction in words."""
        if not self.is_judged:
            return UNKNOWN
        if self.is_better:
            return "**better**"
        return "**worse**" if self.is_worse else "no clear difference"

    def cells(self, *others: str) -> list[str]:
        """Return the cells of the line in a table, with some other tests."""
        return [
            signed(self.difference),
            span(*self.together),
            p_value(self.p),
            p_value(self.corrected),
            *(p_value(self.by_other_tests[name]) for name in others),
            self.verdict,
        ]


def compare(bootstrap: Bootstrap, differences: Floats) -> list[Line]:
    """Return a line for each difference, corrected for their number.

    Args:
        bootstrap: Samples of the listeners.
        differences: Shape ``(n_listeners, n_lines)``.
    """
    bands, tested = bootstrap.bands(differences), bootstrap.test(differences)
    corrected = _holm(tested.p)
    others = {name: _holm(p) for name, p in by_other_tests(differences).items()}
    return [
        Line(
            difference=bands.at(at),
            together=(float(tested.low[at]), float(tested.high[at])),
            p=float(tested.p[at]),
            corrected=float(corrected[at]),
            by_other_tests={name: float(p[at]) for name, p in others.items()},
        )
        for at in range(differences.shape[1])
    ]


def _holm(p: Floats) -> Floats:
    """Return p-values corrected for their number (Holm, 1979); NaN stays NaN."""
    return np.asarray(multipletests(p, method="holm")[1])
