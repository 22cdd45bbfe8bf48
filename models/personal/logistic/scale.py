"""The scale of a listener: from a distribution over quadrants to valence and arousal."""

from dataclasses import dataclass

import numpy as np

from models.arrays import Proba
from models.emotion import SIGNS
from models.personal.logistic.prior import Doubles
from models.votes import soft_votes

N_USUAL = 4.0
"""Weight of the default scale, in answers; chosen, not fitted."""
_FURTHEST_BIAS = 0.9
"""Largest bias, in spreads; at 1 the centre of a quadrant would reach an axis."""
_LEAST_SPREAD = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Position of the answers of each quadrant: around ``bias + sign * spread`` on each axis.

    Attributes:
        bias: Shape ``(2,)``.
        spread: Above 0 ``(2,)``.
        within: Standard deviation of the answers within a quadrant ``(2,)``.
    """

    bias: Doubles
    spread: Doubles
    within: Doubles

    @property
    def centres(self) -> Doubles:
        """Mean valence and arousal of each quadrant's answers ``(n_quadrants, 2)``."""
        return np.asarray(self.bias + SIGNS * self.spread)

    def __call__(self, proba: Proba) -> tuple[Doubles, Doubles]:
        """Return means and standard deviations of valence and arousal, each ``(n, 2)``.

        These are the moments of the mixture of the quadrants. A mean may lie beyond [-1, 1].

        Args:
            proba: Shape ``(n, n_quadrants)``.
        """
        # Not a matrix product, whose rounding depends on the number of tracks.
        parts = proba[:, :, None] * self.centres
        mean = parts.sum(axis=1)
        second = (parts * self.centres).sum(axis=1) + self.within**2
        return mean, np.sqrt(np.maximum(second - mean**2, 0.0))

    def learn(self, points: Doubles) -> "Scale":
        """Return the scale of a listener who gave these points.

        Ridge regression of each coordinate on its sign, shrunk towards this scale.

        Args:
            points: Valence and arousal ``(n_points, 2)``; may be empty.
        """
        if not len(points):
            return self
        signs = soft_votes(points) @ SIGNS  # 0 for a point on an axis
        count, lean = len(points) + N_USUAL, signs.sum(axis=0)
        size = (signs**2).sum(axis=0) + N_USUAL
        level = points.sum(axis=0) + N_USUAL * self.bias
        slope = (signs * points).sum(axis=0) + N_USUAL * self.spread
        bias = (size * level - lean * slope) / (count * size - lean**2)
        spread = np.maximum((slope - lean * bias) / size, _LEAST_SPREAD)
        furthest = _FURTHEST_BIAS * spread
        return Scale(np.clip(bias, -furthest, furthest), spread, self.within)
