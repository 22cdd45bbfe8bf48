"""Prior: what is expected of a listener who has answered nothing yet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Votes
from models.emotion import finite_log

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prior:
    """The four numbers that all listeners share.

    Attributes:
        kappa: How many votes the population model counts for.
        gamma: The power that the population model's probabilities are raised to.
        tau: Variance of a listener's level, for each quadrant, in squared log odds.
        omega: Variance of a listener's taste, for each quadrant and component.
    """

    kappa: float
    gamma: float
    tau: float
    omega: float

    def population(self, log_p0: Doubles) -> Doubles:
        """Return ``log pi`` ``(n_tracks, n_quadrants)``."""
        raised = self.gamma * log_p0
        return np.asarray(raised - np.logaddexp.reduce(raised, axis=-1, keepdims=True))

    def item(self, log_p0: Doubles, votes: Votes) -> Doubles:
        """Return ``log p_s`` ``(n_tracks, n_quadrants)``: population and other listeners."""
        known = votes + self.kappa * np.exp(self.population(log_p0))
        total = votes.sum(axis=-1, keepdims=True) + self.kappa
        return np.asarray(finite_log(known) - np.log(total))
