"""Votes: answers as distributions over the quadrants."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from models.arrays import IntVector, Votes
from models.emotion import N_QUADRANTS, SIGNS, Quadrant

SOFTNESS = 0.15
"""Standard deviation of the noise of a point's coordinates, in units of the plane."""
RESOLUTION = 1024
"""Votes are multiples of 1/1024, so that sums of votes are exact in any order."""


def soft_votes(points: NDArray[np.float64]) -> Votes:
    """Return the votes of points on the plane ``(n, n_quadrants)``; each row sums to 1 exactly.

    A point near an axis counts for both sides: each side gets the mass of a normal distribution
    around the coordinate with standard deviation `SOFTNESS`.

    Args:
        points: Valence and arousal in [-1, 1] ``(n, 2)``.

    >>> soft_votes(np.array([[0.0, 0.0], [0.0, 0.9]])).tolist()
    [[0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0.0, 0.0]]
    """
    sides = ndtr(SIGNS * np.reshape(points, (-1, 1, 2)) / SOFTNESS)
    shares = sides.prod(axis=-1) * RESOLUTION
    parts = np.floor(shares)
    # The largest remainders get the parts left by rounding down, at most three.
    ranks = np.argsort(np.argsort(parts - shares, axis=1, kind="stable"), axis=1)
    left = RESOLUTION - parts.sum(axis=1, keepdims=True)
    return np.asarray((parts + (ranks < left)) / RESOLUTION)


def vote_of(quadrant: Quadrant, point: tuple[float, float] | None = None) -> Votes:
    """Return the vote of one answer ``(n_quadrants,)``: soft for a point, else one-hot."""
    if point is None:
        return np.asarray(np.eye(N_QUADRANTS)[quadrant.index])
    return np.asarray(soft_votes(np.array([point], np.float64))[0])


def answer_votes(quadrants: IntVector, points: NDArray[np.float64]) -> Votes:
    """Return the vote of each answer ``(n, n_quadrants)``, as of `vote_of`.

    Args:
        quadrants: Index of each answer's quadrant ``(n,)``.
        points: Valence and arousal in [-1, 1]; NaN without a point ``(n, 2)``.
    """
    votes = np.eye(N_QUADRANTS)[quadrants]
    has_point = ~np.isnan(points).any(axis=1)
    votes[has_point] = soft_votes(points[has_point])
    return votes
