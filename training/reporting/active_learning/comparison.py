"""Differences within listeners, and how sure we may be of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.metrics import Interval
from training.reporting.active_learning.cohort import Cohort
from training.reporting.active_learning.listener import Way
from training.reporting.bootstrap import LEVEL, Bootstrap, by_other_tests, holm
from training.reporting.scores import Floats

OUTCOMES = ("area", "final")
"""The mean of the learning curve from the first round on, and where it ends."""
_ALL_TRACKS = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A difference within listeners, one of several that are corrected for their number.

    Attributes:
        difference: First minus second, with its 95 % percentile interval.
        together: Bounds that hold for all lines of the table at once.
        p: Two-sided, of this line alone.
        corrected: Corrected by Holm for the number of lines.
        by_other_tests: The same by other tests, by their names.
    """

    difference: Interval
    together: tuple[float, float]
    p: float
    corrected: float
    by_other_tests: Mapping[str, float]

    @property
    def is_judged(self) -> bool:
        """Whether there were listeners enough."""
        return not np.isnan(self.corrected)

    @property
    def is_better(self) -> bool:
        """Whether the first is above the second, corrected for the number of lines."""
        return self.corrected < LEVEL and self.difference.estimate > 0

    @property
    def is_firm(self) -> bool:
        """Whether it is above by every test."""
        return self.is_better and max(self.by_other_tests.values()) < LEVEL

    @property
    def is_worse(self) -> bool:
        """Whether it is below."""
        return self.corrected < LEVEL and self.difference.estimate < 0

    @property
    def verdict(self) -> str:
        """What of it is left after correction, in words."""
        if self.is_better:
            return "**better**"
        return "**worse**" if self.is_worse else "no clear difference"


@dataclass(frozen=True, slots=True)
class Comparison(Line):
    """One line of a table of differences of weighted F1.

    Attributes:
        first: Personaliser and mode that are judged.
        second: What they are held against, in words.
        predictor: Of which algorithm, or the committee.
        outcome: One of ``OUTCOMES``.
    """

    first: Way
    second: str
    predictor: str
    outcome: str


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Two things to compare: outcomes ``(n_listeners, n_scored, n_predictors)`` of each."""

    first: Way
    second: str
    outcome: str
    values: tuple[Floats, Floats]


def against_control(cohort: Cohort) -> list[Comparison]:
    """Return every mode minus random asking, under the same personaliser."""
    pairs = [
        _Pair((how, mode), str(cohort.control), outcome, (values[how, mode], values[how, control]))
        for outcome, values in _outcomes(cohort).items()
        for how, mode in cohort.ways
        if (control := cohort.control) and mode != control
    ]
    return _compare(cohort, pairs)


def against_start(cohort: Cohort) -> list[Comparison]:
    """Return every way minus what it was at 0 labels."""
    start = cohort.of_listeners(lambda one: one.f1[0, _ALL_TRACKS, :, :, 0])
    pairs = [
        _Pair(way, "0 labels", outcome, (values[way], start))
        for outcome, values in _outcomes(cohort).items()
        for way in cohort.ways
    ]
    return _compare(cohort, pairs)


def against_first_personaliser(cohort: Cohort) -> list[Comparison]:
    """Return every further personaliser minus the first, with the same mode."""
    reference, *others = cohort.plan.personalisers
    pairs = [
        _Pair((how, mode), reference, outcome, (values[how, mode], values[reference, mode]))
        for outcome, values in _outcomes(cohort).items()
        for how in others
        for mode in cohort.plan.modes
    ]
    return _compare(cohort, pairs)


def _outcomes(cohort: Cohort) -> dict[str, dict[Way, Floats]]:
    curves = cohort.of_listeners(lambda one: one.f1[:, _ALL_TRACKS])
    figures = {"area": curves[..., 1:].mean(axis=-1), "final": curves[..., -1]}
    return {
        outcome: {way: figure[:, place] for place, way in enumerate(cohort.ways)}
        for outcome, figure in figures.items()
    }


def _compare(cohort: Cohort, pairs: Sequence[_Pair]) -> list[Comparison]:
    """Return a line for each pair and main predictor; all of them are one family."""
    if not pairs:
        return []
    lines = [(pair, scored, place) for pair in pairs for scored, place in cohort.main]
    differences = np.stack(
        [
            pair.values[0][:, scored, place] - pair.values[1][:, scored, place]
            for pair, scored, place in lines
        ],
        axis=1,
    )
    return [
        Comparison(
            difference=line.difference,
            together=line.together,
            p=line.p,
            corrected=line.corrected,
            by_other_tests=line.by_other_tests,
            first=pair.first,
            second=pair.second,
            predictor=cohort.predictors[place],
            outcome=pair.outcome,
        )
        for line, (pair, _, place) in zip(
            compare(cohort.bootstrap, differences), lines, strict=True
        )
    ]


def compare(bootstrap: Bootstrap, differences: Floats) -> list[Line]:
    """Return what is known of each of several differences, corrected for their number.

    Args:
        bootstrap: Samples of the listeners.
        differences: Shape ``(n_listeners, n_lines)``.
    """
    bands, tested = bootstrap.bands(differences), bootstrap.test(differences)
    corrected = holm(tested.p)
    others = {name: holm(p) for name, p in by_other_tests(differences).items()}
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
