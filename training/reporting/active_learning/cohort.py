"""All listeners of a simulation together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import IntVector
from training.experiments.active_learning.plan import Plan
from training.reporting import cohort
from training.reporting.active_learning.listener import CONTROL, ListenerScores, Way, ways
from training.reporting.scores import CONSENSUS, SINGLE, Floats, known_mean


@dataclass(frozen=True, slots=True, eq=False)
class Cohort(cohort.Cohort[Plan, ListenerScores]):
    """The listeners of a simulation."""

    @property
    def predictors(self) -> Sequence[str]:
        """The algorithms, then the committee."""
        return self.listeners[0].predictors

    @property
    def baselines(self) -> Sequence[str]:
        """Names of the baselines."""
        return self.listeners[0].baselines

    @property
    def ways(self) -> list[Way]:
        """Every personaliser and mode."""
        return ways(self.plan)

    @property
    def main(self) -> list[tuple[int, int]]:
        """What is compared: each algorithm as the paper scores it, and the committee as it serves.

        Places of how it is scored, and of the predictor.
        """
        last = len(self.predictors) - 1
        return [*((SINGLE, place) for place in range(last)), (CONSENSUS, last)]

    @property
    def n_labels(self) -> IntVector:
        """Answers learnt from, by round; the listeners' median, should they differ."""
        rounds = np.stack([one.n_labels for one in self.listeners])
        return np.asarray(np.median(rounds, axis=0), dtype=np.int64)

    @property
    def control(self) -> str | None:
        """The mode that the others are held against, if it was run and they were."""
        return CONTROL if CONTROL in self.plan.modes and len(self.plan.modes) > 1 else None

    @property
    def mean_baselines(self) -> Floats:
        """The baselines' mean curves ``(n_parts, n_names, n_rounds + 1)``."""
        return known_mean(self.over(lambda one: one.baseline_f1))
