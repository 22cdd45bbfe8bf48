"""Votes: how an answer counts among those on a track.

A bare quadrant is one whole vote. A point is a *soft* vote: the probability of each quadrant if
the listener's true point lies around the given one, normal with standard deviation `SOFTNESS` on
either axis. A point in a corner is nearly one vote, one in the middle a quarter for each quadrant.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from models.arrays import Votes
from models.emotion import N_QUADRANTS, SIGNS, Quadrant

SOFTNESS = 0.15
"""Standard deviation of a point on either axis, in the plane's units (an axis is 2 long)."""

PER_VOTE = 1024
"""Soft votes are multiples of 1/1024, so that doubles add them without error in any order."""


def soft_votes(points: NDArray[np.float64]) -> Votes:
    """Return the votes that points stand for ``(n, n_quadrants)``; each row sums to exactly 1.

    Args:
        points: Valence and arousal in [-1, 1] ``(n, 2)``.

    >>> soft_votes(np.array([[0.0, 0.0], [-1.0, 0.15]])).round(3).tolist()
    [[0.25, 0.25, 0.25, 0.25], [0.0, 0.842, 0.158, 0.0]]
    """
    parts = PER_VOTE * ndtr(SIGNS * points[:, None, :] / SOFTNESS).prod(axis=2)
    whole = np.floor(parts)
    # Largest remainders: what rounding down left over goes to the quadrants that lost most by it.
    missing = PER_VOTE - whole.sum(axis=1, keepdims=True)
    rank = (whole - parts).argsort(axis=1, kind="stable").argsort(axis=1)
    return np.asarray((whole + (rank < missing)) / PER_VOTE)


def vote_of(quadrant: Quadrant, point: tuple[float, float] | None) -> Votes:
    """Return the vote that one answer stands for ``(n_quadrants,)``.

    Args:
        quadrant: That was answered; counts where there is no point.
        point: Valence and arousal in [-1, 1], where the listener gave a point.

    >>> vote_of(Quadrant.Q3, None).tolist()
    [0.0, 0.0, 1.0, 0.0]
    """
    if point is not None:
        return np.asarray(soft_votes(np.array([point]))[0])
    return np.asarray(np.eye(N_QUADRANTS)[quadrant.index])
