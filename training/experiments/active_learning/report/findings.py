"""Findings of a simulation over all listeners, each figure computed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import IntVector
from training.experiments.active_learning.plan import Plan
from training.experiments.active_learning.report.listener import CONTROL, ListenerScores, Way, ways
from training.experiments.cohort import Cohort
from training.experiments.learners import LOGISTIC
from training.reporting.bootstrap import Bands
from training.reporting.scores import CONSENSUS, SINGLE, Floats, known_mean

_SLOPE_LABELS = 10
_ROUNDING = 1e-12  # rounding error of a constant curve's slope


@dataclass(frozen=True, eq=False)
class Findings(Cohort[Plan, ListenerScores]):
    """The listeners of a simulation and their figures."""

    @property
    def predictors(self) -> Sequence[str]:
        """The algorithms, then the committee."""
        return self.listeners[0].predictors

    @property
    def ways(self) -> list[Way]:
        """Every personaliser and mode."""
        return ways(self.plan)

    @property
    def main(self) -> list[tuple[int, int]]:
        """Indices of scoring and predictor that the page reports.

        The single models of each algorithm, as in the paper, and the committee's consensus, as
        served.
        """
        last = len(self.predictors) - 1
        return [*((SINGLE, place) for place in range(last)), (CONSENSUS, last)]

    @property
    def compared(self) -> list[tuple[int, int]]:
        """The indices that are compared; of the logistic model only the consensus."""
        return self.main[-1:] if self.is_logistic else self.main

    @property
    def is_logistic(self) -> bool:
        """Whether the personal models are the served logistic models."""
        return self.plan.personalisers == (LOGISTIC,)

    @property
    def n_labels(self) -> IntVector:
        """Number of learnt answers by round; the median over listeners."""
        rounds = self.over(lambda one: one.n_labels)
        return np.asarray(np.median(rounds, axis=0), dtype=np.int64)

    @property
    def control(self) -> str | None:
        """The mode to compare with, if it and another mode were run."""
        return CONTROL if CONTROL in self.plan.modes and len(self.plan.modes) > 1 else None

    @property
    def n_exhausted(self) -> int:
        """Number of pairs of listener and split in which all ways selected the same tracks."""
        return sum(one.n_exhausted for one in self.listeners)

    @property
    def seconds(self) -> Floats:
        """A unit's mean seconds by stage ``(n_ways, n_stages)``."""
        return known_mean(self.over(lambda one: one.seconds))

    @cached_property
    def curves(self) -> list[Bands]:
        """Weighted F1 of each way ``(n_parts, n_scored, n_predictors, n_rounds + 1)``."""
        f1 = self.over(lambda one: one.f1)
        return [self.bootstrap.bands(f1[:, way]) for way in range(len(self.ways))]

    @cached_property
    def baselines(self) -> Bands:
        """Weighted F1 of the baselines ``(n_parts, n_names, n_rounds + 1)``."""
        return self.bands(lambda one: one.baseline_f1)

    @cached_property
    def slope(self) -> Bands:
        """Slope of the curves for ten labels, all tracks ``(n_ways, n_scored, n_predictors)``."""
        return self.bands(lambda one: one.slope * _SLOPE_LABELS)

    @cached_property
    def n_positive(self) -> IntVector:
        """Number of listeners with a positive slope, same shape."""
        return np.asarray((self.over(lambda one: one.slope) > _ROUNDING).sum(axis=0))

    @cached_property
    def n_worse(self) -> IntVector:
        """Number of listeners whose last weighted F1 is below their first, same shape."""
        gain = self.over(lambda one: one.f1[:, 0, ..., -1] - one.f1[:, 0, ..., 0])
        return np.asarray((gain < -_ROUNDING).sum(axis=0))

    @cached_property
    def quality(self) -> Bands:
        """NLL, Brier score and ECE ``(n_ways, n_metrics, n_predictors, n_ends)``."""
        return self.bands(lambda one: one.quality)

    @cached_property
    def baseline_quality(self) -> Bands:
        """NLL, Brier score and ECE of the baselines ``(n_metrics, n_names, n_ends)``."""
        return self.bands(lambda one: one.baseline_quality)
