"""Clusters of tracks, by k-means."""

import numpy as np

from models.arrays import FloatMatrix, IntVector
from models.query.similarity import squared_distances

_ROUNDS = 20
"""By then hardly a track changes its cluster, and nothing here hangs on the last of them."""


def cluster(rows: FloatMatrix, n_clusters: int, rng: np.random.Generator) -> IntVector:
    """Return the cluster of each row, ``(n_rows,)``; some may be empty.

    Lloyd's rounds from centres drawn far apart (greedy k-means++; Arthur and Vassilvitskii, 2007).
    """
    centres = _far_apart(rows, n_clusters, rng)
    nearest = _nearest(rows, centres)
    for _ in range(_ROUNDS):
        belongs = (nearest[:, None] == np.arange(n_clusters)).astype(rows.dtype)
        n_rows = belongs.sum(axis=0)[:, None]
        centres = np.where(n_rows > 0, belongs.T @ rows / n_rows.clip(min=1), centres)
        before, nearest = nearest, _nearest(rows, centres)
        if (nearest == before).all():
            break
    return nearest


def _nearest(rows: FloatMatrix, centres: FloatMatrix) -> IntVector:
    return squared_distances(rows, centres).argmin(axis=1)


def _far_apart(rows: FloatMatrix, n: int, rng: np.random.Generator) -> FloatMatrix:
    """Draw rows far from those drawn before: each time some, of which the best is kept."""
    drawn = [int(rng.integers(len(rows)))]
    gap = squared_distances(rows, rows[drawn])[:, 0]
    n_trials = 2 + int(np.log(n))
    while len(drawn) < n:
        # By the inverse of the cumulative gaps; where all of them are 0 any row is as good.
        reach = np.cumsum(gap, dtype=np.float64)
        trials = np.searchsorted(reach, rng.random(n_trials) * reach[-1], side="right")
        trials = trials.clip(max=len(rows) - 1)
        gaps = np.minimum(gap[:, None], squared_distances(rows, rows[trials]))
        best = int(gaps.sum(axis=0).argmin())
        drawn.append(int(trials[best]))
        gap = gaps[:, best]
    return rows[drawn]
