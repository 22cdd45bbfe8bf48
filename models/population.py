"""Statistics of the training tracks, and a catalogue's distance from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.emotion import SIGNS

Doubles = NDArray[np.float64]
AXES = np.column_stack([SIGNS, SIGNS[:, 0] * SIGNS[:, 1]]) / 2.0
"""Orthonormal directions of log odds ``(n_quadrants, 3)``: valence, arousal, and their product,
which separates Q1 and Q3 from Q2 and Q4."""
LEAST_PROBA = 1e-6
"""Lower bound of probabilities: in float32 smaller ones may be 0, and one track would dominate."""
_SUM_TO_ONE = 1e3  # weight of the constraint that mixture shares sum to 1


def log_odds(proba: Proba) -> Doubles:
    """Return the log odds on each direction of ``AXES`` ``(n_tracks, 3)``.

    Probabilities are at least ``LEAST_PROBA``.
    """
    return np.asarray(np.log(np.maximum(proba, LEAST_PROBA)) @ AXES)


@dataclass(frozen=True, slots=True, eq=False)
class PopulationReference:
    """Statistics of the training tracks.

    Attributes:
        vertices: Whitened mean components of each corpus and quadrant
            ``(n_vertices, n_components)``.
        whitening: Inverse Cholesky factor of the components' covariance within corpus and quadrant
            ``(n_components, n_components)``.
        zero: Mean log odds on valence and arousal of out-of-fold predictions, with the quadrants
            balanced ``(2,)``.
        n_tracks: Number of tracks.
    """

    vertices: Doubles
    whitening: Doubles
    zero: Doubles
    n_tracks: int

    def distance(self, phi: Doubles) -> float:
        """Return the distance of a catalogue's mean from the mixtures of known tracks.

        It is the squared distance of the mean from the convex hull of ``vertices``, per component,
        minus the part that sampling this many tracks explains, in units of the variance within a
        quadrant. Solved as non-negative least squares (Lawson and Hanson 1974, 23).

        Args:
            phi: Components of at least one track ``(n_tracks, n_components)``.
        """
        from scipy.optimize import nnls  # slow to import and needed once for each catalogue

        mean = self.whitening @ phi.mean(axis=0)
        rows = np.vstack([self.vertices.T, np.full(len(self.vertices), _SUM_TO_ONE)])
        share, _ = nnls(rows, np.append(mean, _SUM_TO_ONE))
        rest = mean - share @ self.vertices
        return max(0.0, float(rest @ rest) / len(rest) - 1.0 / len(phi))

    def displacement(self, proba: Proba) -> Doubles:
        """Return the shift of the mean log odds of valence and arousal from ``zero`` ``(2,)``."""
        return np.asarray(log_odds(proba)[:, :2].mean(axis=0) - self.zero)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return all fields to store."""
        return {
            "vertices": self.vertices,
            "whitening": self.whitening,
            "zero": self.zero,
            "n_tracks": np.asarray(self.n_tracks, np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """Restore stored statistics."""
        vertices, whitening, zero = (
            arrays[name].astype(np.float64) for name in ("vertices", "whitening", "zero")
        )
        return cls(vertices, whitening, zero, int(arrays["n_tracks"]))
