"""Scale: how a listener uses the plane, so that a distribution becomes a point on it."""

from dataclasses import dataclass

import numpy as np

from models.arrays import Proba
from models.emotion import SIGNS
from models.personal.logistic.prior import Doubles
from models.votes import soft_votes

N_USUAL = 4.0
"""Answers that the usual scale counts for beside the listener's own; chosen, not fitted."""
_FURTHEST_BIAS = 0.9
"""Of the spread: further off, a quadrant's own answers would lie on the wrong side of an axis."""
_LEAST_SPREAD = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Where the answers of a quadrant lie: around ``bias + sign * spread`` on each axis.

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
        """The middle of each quadrant's answers ``(n_quadrants, 2)``."""
        return np.asarray(self.bias + SIGNS * self.spread)

    def __call__(self, proba: Proba) -> tuple[Doubles, Doubles]:
        """Return means and standard deviations of valence and arousal, each ``(n, 2)``.

        The moments of the mixture of the quadrants; a mean may lie beyond [-1, 1].

        Args:
            proba: Shape ``(n, n_quadrants)``.
        """
        # Term by term: a matrix product rounds by its shape, and a track is the same alone.
        parts = proba[:, :, None] * self.centres
        mean = parts.sum(axis=1)
        second = (parts * self.centres).sum(axis=1) + self.within**2
        return mean, np.sqrt(np.maximum(second - mean**2, 0.0))

    def learn(self, points: Doubles) -> "Scale":
        """Return the scale of a listener who has put tracks on these points.

        Ridge regression of each coordinate on its sign, drawn to this scale.

        Args:
            points: Valence and arousal ``(n_points, 2)``; none leave the scale as it is.
        """
        if not len(points):
            return self
        signs = soft_votes(points) @ SIGNS  # a point on an axis is on neither side of it
        count, lean = len(points) + N_USUAL, signs.sum(axis=0)
        size = (signs**2).sum(axis=0) + N_USUAL
        level = points.sum(axis=0) + N_USUAL * self.bias
        slope = (signs * points).sum(axis=0) + N_USUAL * self.spread
        bias = (size * level - lean * slope) / (count * size - lean**2)
        spread = np.maximum((slope - lean * bias) / size, _LEAST_SPREAD)
        furthest = _FURTHEST_BIAS * spread
        return Scale(np.clip(bias, -furthest, furthest), spread, self.within)
