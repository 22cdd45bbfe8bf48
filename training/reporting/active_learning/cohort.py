"""All listeners' figures together, and what may be said of their mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import IntVector
from training.experiments.active_learning.plan import Plan
from training.reporting.active_learning.listener import CONTROL, ListenerScores, Way, ways
from training.reporting.bootstrap import Bands, Bootstrap
from training.reporting.scores import CONSENSUS, SINGLE, Floats, known_mean


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """The listeners of a plan, and one bootstrap for all that is said of them.

    Attributes:
        plan: What was run.
        scores: Of each listener, in order of names.
        left_out: Listeners whose results are not complete.
        bootstrap: Samples of these listeners.
    """

    plan: Plan
    scores: Sequence[ListenerScores]
    left_out: Sequence[str]
    bootstrap: Bootstrap

    @property
    def predictors(self) -> Sequence[str]:
        """The algorithms, then the committee."""
        return self.scores[0].predictors

    @property
    def baselines(self) -> Sequence[str]:
        """Names of the baselines."""
        return self.scores[0].baselines

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
        rounds = np.stack([one.n_labels for one in self.scores])
        return np.asarray(np.median(rounds, axis=0), dtype=np.int64)

    @property
    def control(self) -> str | None:
        """The mode that the others are held against, if it was run."""
        return CONTROL if CONTROL in self.plan.modes else None

    def of_listeners(self, figure: Callable[[ListenerScores], Floats | IntVector]) -> Floats:
        """Return a figure of every listener ``(n_listeners, ...)``."""
        return np.stack([np.asarray(figure(one), dtype=np.float64) for one in self.scores])

    def bands(self, figure: Callable[[ListenerScores], Floats | IntVector]) -> Bands:
        """Return the mean of a figure over listeners, with its interval."""
        return self.bootstrap.bands(self.of_listeners(figure))

    @property
    def mean_baselines(self) -> Floats:
        """The baselines' mean curves ``(n_parts, n_names, n_rounds + 1)``."""
        return known_mean(self.of_listeners(lambda one: one.baseline_f1))
