"""Everything that the page tells, computed once."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.arrays import IntVector
from training.reporting.active_learning.cohort import Cohort
from training.reporting.active_learning.differences import (
    Comparison,
    against_control,
    against_first_personaliser,
    against_start,
)
from training.reporting.bootstrap import Bands
from training.reporting.scores import Floats, known_mean

_SLOPE_LABELS = 10
_ALL_TRACKS = 0
_ROUNDING = 1e-12  # what a curve that does not move may seem to


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What came out, over all listeners.

    Attributes:
        cohort: The listeners.
        curves: Of each way ``(n_parts, n_scored, n_predictors, n_rounds + 1)``.
        baselines: Shape ``(n_parts, n_names, n_rounds + 1)``.
        slope: For ten labels ``(n_ways, n_scored, n_predictors)``.
        n_positive: Listeners whose slope is above 0, of the same shape.
        n_worse: Listeners whose last weighted F1 is below their first, of the same shape.
        quality: Shape ``(n_ways, n_metrics, n_predictors, n_ends)``.
        baseline_quality: Shape ``(n_metrics, n_names, n_ends)``.
        control: Every mode against random asking.
        start: Every way against 0 labels.
        personalisers: Every further personaliser against the first.
    """

    cohort: Cohort
    curves: Sequence[Bands]
    baselines: Bands
    slope: Bands
    n_positive: IntVector
    n_worse: IntVector
    quality: Bands
    baseline_quality: Bands
    control: Sequence[Comparison]
    start: Sequence[Comparison]
    personalisers: Sequence[Comparison]

    @classmethod
    def of(cls, cohort: Cohort) -> "Findings":
        """Compute them."""
        curves = cohort.over(lambda one: one.f1)
        slope = cohort.over(lambda one: one.slope)
        gain = curves[:, :, _ALL_TRACKS, :, :, -1] - curves[:, :, _ALL_TRACKS, :, :, 0]
        return cls(
            cohort=cohort,
            curves=[cohort.bootstrap.bands(curves[:, way]) for way in range(len(cohort.ways))],
            baselines=cohort.bands(lambda one: one.baseline_f1),
            slope=cohort.bootstrap.bands(slope * _SLOPE_LABELS),
            n_positive=(slope > _ROUNDING).sum(axis=0),
            n_worse=(gain < -_ROUNDING).sum(axis=0),
            quality=cohort.bands(lambda one: one.quality),
            baseline_quality=cohort.bands(lambda one: one.baseline_quality),
            control=against_control(cohort),
            start=against_start(cohort),
            personalisers=against_first_personaliser(cohort),
        )

    @property
    def seconds(self) -> Floats:
        """A unit's mean seconds by stage ``(n_ways, n_stages)``."""
        return known_mean(self.cohort.over(lambda one: one.seconds))

    @property
    def n_exhausted(self) -> int:
        """Pairs of listener and split in which all ways asked about the same tracks."""
        return sum(one.n_exhausted for one in self.cohort.listeners)
