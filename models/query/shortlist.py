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


def scored_ranges(places: IntVector, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return ranges of rows that hold the tracks to score: all, or an even sample of stretches.

    Args:
        places: The rows of the pool's tracks, ascending ``(n_tracks,)``, at least one.
        rng: Draws the stretches.

    Returns:
        First row and end of each range, ascending ``(n_ranges, 2)``.
    """
    numbers = np.arange(-(-len(places) // STRETCH))
    if len(places) > MOST_TRACKS:
        numbers = np.sort(rng.choice(len(numbers), MOST_TRACKS // STRETCH, replace=False))
    last = np.minimum((numbers + 1) * STRETCH, len(places)) - 1
    return np.column_stack([places[numbers * STRETCH], places[last] + 1])


def first(scores: Scores, ties: Scores) -> int:
    """Return the place of the highest score; the higher tie-breaker wins among equal scores."""
    is_top = scores >= scores.max() - ROUNDING
    return int(np.where(is_top, ties, -1.0).argmax())
