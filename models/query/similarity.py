"""How alike tracks are, by their features; over a sample where a catalogue is too many."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from models.arrays import FloatMatrix, FloatVector, IntVector
from models.query.pool import Pool

SAMPLE_TRACKS = 1_000
"""Tracks that stand for a catalogue: what grows with the square of their number stays small."""

_ROUNDING = 1e-6
"""A column that differs by less of its mean than this does not differ: it is float32."""


def sample(pool: Pool, n: int, rng: np.random.Generator) -> IntVector:
    """Return the places of at most ``n`` tracks, drawn evenly.

    Which tracks, and in which order, does not depend on how the pool is ordered.
    """
    by_id = np.array(sorted(range(pool.n_tracks), key=pool.track_ids.__getitem__))
    if pool.n_tracks <= n:
        return by_id
    return by_id[rng.choice(pool.n_tracks, n, replace=False)]


@dataclass(frozen=True, slots=True, eq=False)
class Gauge:
    """Measures how alike tracks are, from 0 to 1 for the same.

    Every feature is brought to mean 0 and variance 1 over some tracks of reference, and a track is
    divided by the root of how many features it has; one that it lacks takes the mean. So any two
    tracks are about as far apart, whatever they lack. Then a Gaussian kernel, whose bandwidth is
    the median distance between the tracks of reference: such a pair is e⁻¹ alike.

    Attributes:
        centre: Shape ``(n_features,)``.
        spread: Shape ``(n_features,)``.
        rows: The tracks of reference at that scale ``(n_reference, n_features)``.
        typical: Median of the squared distances between two of them.
    """

    centre: FloatVector
    spread: FloatVector
    rows: FloatMatrix
    typical: float

    @classmethod
    def over(cls, features: FloatMatrix) -> Self:
        """Return the gauge with these tracks of reference, ``(n_reference, n_features)``."""
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
        """Return tracks at the scale of the tracks of reference; of length 1 on average."""
        return _scaled(features, self.centre, self.spread)

    def alike(self, features: FloatMatrix) -> FloatMatrix:
        """Return how alike tracks are to those of reference, ``(n_tracks, n_reference)``."""
        return np.exp(squared_distances(self.scaled(features), self.rows) / -self.typical)


def _scaled(features: FloatMatrix, centre: FloatVector, spread: FloatVector) -> FloatMatrix:
    rows = features - centre
    rows /= spread
    lacks = np.isnan(rows)
    rows[lacks] = 0
    n_features = rows.shape[1] - lacks.sum(axis=1, keepdims=True)
    rows /= np.sqrt(n_features.clip(min=1), dtype=np.float32)
    return rows


def squared_distances(left: FloatMatrix, right: FloatMatrix) -> FloatMatrix:
    """Return the squared Euclidean distances between rows, ``(n_left, n_right)``."""
    squares = left @ (-2 * right.T)
    squares += (left**2).sum(axis=1)[:, None]
    squares += (right**2).sum(axis=1)
    return squares.clip(min=0, out=squares)
