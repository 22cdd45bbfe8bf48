"""Density: an answer about a track that is like many others tells about all of them."""

import numpy as np

from models.arrays import Scores
from models.query.pool import Pool
from models.query.selection import Scorer
from models.query.similarity import Gauge, sample

REFERENCE_TRACKS = 250
"""Of a larger pool this many tracks, drawn evenly, stand for all: the densities over 250 and over
4,000 rank tracks alike (rank correlation .99, on noise of 300 features as on heaps)."""
_BLOCK_TRACKS = 2_048
"""Tracks compared at a time, so that what is made in passing stays within some ten MB."""


def dense(scorer: Scorer) -> Scorer:
    """Return the scorer times each track's mean likeness to the pool.

    Information density (Settles and Craven, 2008), with exponent 1.
    """

    def score(pool: Pool, rng: np.random.Generator) -> Scores:
        return scorer(pool, rng) * density(pool, rng)

    return score


def density(pool: Pool, rng: np.random.Generator) -> Scores:
    """Return each track's mean likeness to the tracks of the pool, ``(n_tracks,)`` in (0, 1]."""
    gauge = Gauge.over(pool.features[sample(pool, REFERENCE_TRACKS, rng)])
    blocks = range(0, pool.n_tracks, _BLOCK_TRACKS)
    likeness = [gauge.alike(pool.features[at : at + _BLOCK_TRACKS]).mean(axis=1) for at in blocks]
    return np.concatenate(likeness).astype(np.float64)
