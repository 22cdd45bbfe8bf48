"""Shortlists: of a large pool the tracks that are looked at closely, and the first of a few."""

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Scores

SHORTLIST_TRACKS = 2_000
"""Of a larger pool so many tracks, the best by themselves, are what is chosen from."""
MOST_TRACKS = 131_072
"""Of a larger pool so many tracks are scored at all, which bounds what a query costs."""
STRETCH = 4_096
"""Tracks that follow each other are drawn together: they lie together on the disk."""
_CHOICE = 4
"""There are at least so many tracks for each place."""
ROUNDING = 1e-9
"""Scores that differ by less do so by rounding."""


def length(n: int) -> int:
    """Return how many tracks are looked at closely where ``n`` are to be chosen."""
    return max(SHORTLIST_TRACKS, _CHOICE * n)


def looked_at(n_tracks: int, rng: np.random.Generator) -> IntVector:
    """Return the places of all tracks of a pool, or of the most that are scored, ascending.

    Every track is as likely to be among these.
    """
    n_stretches = -(-n_tracks // STRETCH)
    if n_tracks <= MOST_TRACKS:
        return np.arange(n_tracks)
    drawn = np.sort(rng.choice(n_stretches, MOST_TRACKS // STRETCH, replace=False))
    places = (drawn[:, None] * STRETCH + np.arange(STRETCH)).ravel()
    return np.asarray(places[places < n_tracks])


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
    is_top = scores >= scores.max() - ROUNDING
    return int(np.where(is_top, ties, -1.0).argmax())
