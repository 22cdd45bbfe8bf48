"""Shortlists: of a large pool the tracks that are looked at closely, and the first of a few."""

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Scores

SHORTLIST_TRACKS = 2_000
"""Of a larger pool so many tracks, the best by themselves, are what is chosen from."""
_CHOICE = 4
"""There are at least so many tracks for each place."""
_ROUNDING = 1e-9
"""Scores that differ by less do so by rounding."""


def length(n: int) -> int:
    """Return how many tracks are looked at closely where ``n`` are to be chosen."""
    return max(SHORTLIST_TRACKS, _CHOICE * n)


def highest(scores: NDArray[np.floating], n: int, rng: np.random.Generator) -> IntVector:
    """Return the places of the ``n`` highest scores, ascending; of equal ones some are drawn."""
    if len(scores) <= n:
        return np.arange(len(scores))
    least = np.partition(scores, len(scores) - n)[len(scores) - n]
    above = np.flatnonzero(scores > least)
    equal = np.flatnonzero(scores == least)
    return np.sort(np.concatenate([above, rng.choice(equal, n - len(above), replace=False)]))


def first(scores: Scores, ties: Scores) -> int:
    """Return the place of the highest score; of equal ones that with the highest tie-breaker."""
    is_top = scores >= scores.max() - _ROUNDING
    return int(np.where(is_top, ties, -1.0).argmax())
