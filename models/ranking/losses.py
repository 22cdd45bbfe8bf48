"""Losses: non-negative numbers by which the scan compares rows, the lower the better.

A loss is a ratio of sums of exponentials of differences of logits with non-negative coefficients.
An error of ``e`` in the differences changes it by a factor of at most ``exp(2 e)``.
"""

from typing import Protocol

import numpy as np

from models.arrays import FloatMatrix, FloatVector
from models.emotion import N_QUADRANTS, Quadrant
from models.ranking.linear_form import Doubles, Linear
from models.ranking.scores import Target, square_distances

LEAST, MOST = 1e-12, 1e30
"""Bounds to which losses are clipped."""


class Loss(Protocol):
    """A decreasing function of the score.

    Attributes:
        contrasts: The differences of logits it is computed from
            ``(n_quadrants, n_quadrants - 1)``.
    """

    contrasts: Doubles

    def of_rows(self, differences: FloatMatrix) -> FloatVector:
        """Return the losses of rows ``(n_rows,)``; may overwrite the differences.

        Args:
            differences: Values of the contrasts ``(n_quadrants - 1, n_rows)``.
        """
        ...

    def of_scores(self, scores: Doubles) -> Doubles:
        """Return the losses of exact scores, any shape."""
        ...


def loss_for(linear: Linear, target: Target) -> Loss:
    """Return the loss for a target."""
    if isinstance(target, Quadrant):
        return _OddsAgainst(target.index)
    return _SquareDistance(square_distances(linear, target))


class _OddsAgainst:
    """The odds of the other quadrants against one, ``(1 - p) / p``."""

    def __init__(self, index: int) -> None:
        self.contrasts = _against(index)

    def of_rows(self, differences: FloatMatrix) -> FloatVector:
        return _sum(np.exp(differences, out=differences))

    def of_scores(self, scores: Doubles) -> Doubles:
        return np.asarray((1.0 - scores) / np.maximum(scores, 1.0 / MOST))


class _SquareDistance:
    """The expected squared distance from a point, minus its minimum over the quadrants.

    In units of the maximum. Without the common minimum, tracks that are almost surely in the
    nearest quadrant still differ in single precision.

    Args:
        squares: Expected squared distance of each quadrant ``(n_quadrants,)``.
    """

    def __init__(self, squares: Doubles) -> None:
        self.contrasts = _against(0)
        self._least, self._unit = float(squares.min()), max(float(squares.max()), LEAST)
        self._squares = ((squares - self._least) / self._unit).astype(np.float32)

    def of_rows(self, differences: FloatMatrix) -> FloatVector:
        powers = np.exp(differences, out=differences)
        total = _sum(powers.copy())
        total += 1.0
        powers *= self._squares[1:, None]
        loss = _sum(powers)
        loss += self._squares[0]
        loss /= total
        return loss

    def of_scores(self, scores: Doubles) -> Doubles:
        return np.asarray((scores**2 - self._least) / self._unit)


def _against(index: int) -> Doubles:
    """Return the contrasts of each other quadrant's logit minus that of one quadrant."""
    contrasts = np.delete(np.eye(N_QUADRANTS), index, axis=1)
    contrasts[index] = -1.0
    return contrasts


def _sum(powers: FloatMatrix) -> FloatVector:
    """Return the sum over the first axis, in place of the first row; faster than NumPy's."""
    total = powers[0]
    for other in powers[1:]:
        total += other
    return total
