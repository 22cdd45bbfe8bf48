"""Votes: answers as distributions over the quadrants, for others and for oneself alike."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from models.arrays import Votes
from models.emotion import N_QUADRANTS, SIGNS, Quadrant

SOFTNESS = 0.15
"""How far from an axis, in units of the plane, a point counts as one standard deviation off it."""
RESOLUTION = 1024
"""A vote is a whole number of parts of this, so that sums of votes are exact in any order."""


def soft_votes(points: NDArray[np.float64]) -> Votes:
    """Return the votes of points on the plane ``(n, n_quadrants)``; each row sums to 1 exactly.

    A point near an axis counts for both sides of it: each side gets the mass that a normal
    distribution around the coordinate, of standard deviation `SOFTNESS`, has there.

    Args:
        points: Valence and arousal in [-1, 1] ``(n, 2)``.

    >>> soft_votes(np.array([[0.0, 0.0], [0.0, 0.9]])).tolist()
    [[0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0.0, 0.0]]
    """
    sides = ndtr(SIGNS * np.reshape(points, (-1, 1, 2)) / SOFTNESS)
    shares = sides.prod(axis=-1) * RESOLUTION
    parts = np.floor(shares)
    # The largest remainders get the parts that rounding down has left (at most three).
    ranks = np.argsort(np.argsort(parts - shares, axis=1, kind="stable"), axis=1)
    left = RESOLUTION - parts.sum(axis=1, keepdims=True)
    return np.asarray((parts + (ranks < left)) / RESOLUTION)


def vote_of(quadrant: Quadrant, point: tuple[float, float] | None = None) -> Votes:
    """Return the vote of one answer ``(n_quadrants,)``: soft for a point, whole without one."""
    if point is None:
        return np.asarray(np.eye(N_QUADRANTS)[quadrant.index])
    return np.asarray(soft_votes(np.array([point], np.float64))[0])
