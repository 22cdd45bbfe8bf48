"""Similarity of tracks by their features, over a sample where the catalogue is large."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from models.arrays import FloatMatrix, FloatVector, IntVector
from models.query.pool import Pool

SAMPLE_TRACKS = 1_000
"""Size of the sample of a larger pool; bounds costs that grow with the square of its size."""

_ROUNDING = 1e-6
"""A column whose deviation is below this share of its mean is constant in float32."""


def sample(pool: Pool, n: int, rng: np.random.Generator) -> IntVector:
    """Return the places of at most ``n`` tracks, drawn evenly.

    The drawn tracks and their order do not depend on the order of the pool.
    """
    by_id = np.array(sorted(range(pool.n_tracks), key=pool.track_ids.__getitem__))
    if pool.n_tracks <= n:
        return by_id
    return by_id[rng.choice(pool.n_tracks, n, replace=False)]


@dataclass(frozen=True, slots=True, eq=False)
class SimilarityKernel:
    """A Gaussian kernel over standardised features; 1 for equal tracks.

    Each feature is standardised over the reference tracks. A missing feature takes the mean, and a
    row is divided by the root of the number of features it has, so that distances do not depend on
    what is missing. The bandwidth is the median distance between reference tracks.

    Attributes:
        centre: Mean of each feature ``(n_features,)``.
        spread: Standard deviation of each feature ``(n_features,)``.
        rows: The scaled reference tracks ``(n_reference, n_features)``.
        bandwidth: Median of their squared distances.
    """

    centre: FloatVector
    spread: FloatVector
    rows: FloatMatrix
    bandwidth: float

    @classmethod
    def over(cls, features: FloatMatrix) -> Self:
        """Return the kernel with these reference tracks, ``(n_reference, n_features)``."""
        has = ~np.isnan(features)
        n_known = has.sum(axis=0).clip(min=1)
        known = np.where(has, features, 0).astype(np.float64)
        mean = known.sum(axis=0) / n_known
        deviation = np.sqrt((np.where(has, known - mean, 0) ** 2).sum(axis=0) / n_known)
        differs = deviation > _ROUNDING * np.abs(mean)
        centre, spread = (a.astype(np.float32) for a in (mean, np.where(differs, deviation, 1)))
        rows = _scaled(features, centre, spread)
        pairs = np.triu_indices(len(rows), k=1)
        squares = squared_distances(rows, rows)[pairs]
        return cls(centre, spread, rows, float(np.median(squares)) if squares.any() else 1.0)

    def scaled(self, features: FloatMatrix) -> FloatMatrix:
        """Return tracks at the scale of the reference tracks, whose mean square length is 1."""
        return _scaled(features, self.centre, self.spread)

    def similarity(self, features: FloatMatrix) -> FloatMatrix:
        """Return similarities to the reference tracks, ``(n_tracks, n_reference)``."""
        return np.exp(squared_distances(self.scaled(features), self.rows) / -self.bandwidth)


def _scaled(features: FloatMatrix, centre: FloatVector, spread: FloatVector) -> FloatMatrix:
    rows = features - centre
    rows /= spread
    is_missing = np.isnan(rows)
    rows[is_missing] = 0
    n_features = rows.shape[1] - is_missing.sum(axis=1, keepdims=True)
    rows /= np.sqrt(n_features.clip(min=1), dtype=np.float32)
    return rows


def squared_distances(left: FloatMatrix, right: FloatMatrix) -> FloatMatrix:
    """Return the squared Euclidean distances between rows, ``(n_left, n_right)``."""
    squares = left @ (-2 * right.T)
    squares += (left**2).sum(axis=1)[:, None]
    squares += (right**2).sum(axis=1)
    return squares.clip(min=0, out=squares)
