"""Shortlists: the tracks of a large pool that a strategy compares, and its best track."""

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Scores

SHORTLIST_TRACKS = 2_000
"""Length of the shortlist of a larger pool: the tracks with the highest scores by themselves."""
MOST_TRACKS = 131_072
"""Number of tracks scored in a larger pool; bounds the cost of a query."""
STRETCH = 4_096
"""Number of consecutive tracks that are sampled together, because they are adjacent on disk."""
_TRACKS_PER_PLACE = 4
ROUNDING = 1e-9
"""Scores that differ by less count as equal."""


def length(n: int) -> int:
    """Return the length of the shortlist from which ``n`` tracks are selected."""
    return max(SHORTLIST_TRACKS, _TRACKS_PER_PLACE * n)


def scored_places(n_tracks: int, rng: np.random.Generator) -> IntVector:
    """Return the places of the tracks to score, ascending: all, or an even sample of stretches."""
    n_stretches = -(-n_tracks // STRETCH)
    if n_tracks <= MOST_TRACKS:
        return np.arange(n_tracks)
    drawn = np.sort(rng.choice(n_stretches, MOST_TRACKS // STRETCH, replace=False))
    places = (drawn[:, None] * STRETCH + np.arange(STRETCH)).ravel()
    return np.asarray(places[places < n_tracks])


def highest(scores: NDArray[np.floating], n: int, rng: np.random.Generator) -> IntVector:
    """Return the places of the ``n`` highest scores, ascending; ties are broken at random."""
    if len(scores) <= n:
        return np.arange(len(scores))
    least = np.partition(scores, len(scores) - n)[len(scores) - n]
    above = np.flatnonzero(scores > least)
    equal = np.flatnonzero(scores == least)
    return np.sort(np.concatenate([above, rng.choice(equal, n - len(above), replace=False)]))


def first(scores: Scores, ties: Scores) -> int:
    """Return the place of the highest score; the higher tie-breaker wins among equal scores."""
    is_top = scores >= scores.max() - ROUNDING
    return int(np.where(is_top, ties, -1.0).argmax())
