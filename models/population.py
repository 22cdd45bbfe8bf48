"""What the tracks look like that the shared models were fitted to; says how foreign others are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.emotion import SIGNS

Doubles = NDArray[np.float64]
AXES = np.column_stack([SIGNS, SIGNS[:, 0] * SIGNS[:, 1]]) / 2.0
"""Orthonormal directions of log odds ``(n_quadrants, 3)``: valence, arousal, and the one that
tells Q1 and Q3 from Q2 and Q4."""
LEAST_PROBA = 1e-6
"""What rounds to less in single precision may be 0: one track would outweigh a catalogue."""
_SUM_TO_ONE = 1e3  # weight of the row that makes the shares of a mixture sum to 1


def log_odds(proba: Proba) -> Doubles:
    """Return the log odds of each direction of ``AXES`` ``(n_tracks, 3)``.

    A quadrant counts as at least ``LEAST_PROBA``.
    """
    return np.asarray(np.log(np.maximum(proba, LEAST_PROBA)) @ AXES)


@dataclass(frozen=True, slots=True, eq=False)
class PopulationReference:
    """What the training tracks look like.

    Attributes:
        vertices: Mean components of the tracks of each corpus and quadrant, divided by their
            spread within these ``(n_vertices, n_components)``.
        whitening: What divides components by that spread: the inverse Cholesky factor of the
            covariance within corpus and quadrant ``(n_components, n_components)``.
        zero: Mean log odds on valence and arousal of predictions out of fold, with as many tracks
            of each quadrant ``(2,)``.
        n_tracks: How many tracks this was made of.
    """

    vertices: Doubles
    whitening: Doubles
    zero: Doubles
    n_tracks: int

    def distance(self, phi: Doubles) -> float:
        """Return how far a catalogue's mean lies from every mixture of known tracks.

        The squared distance of the mean from the convex hull of ``vertices``, for each component,
        less what the sampling of so many tracks explains, in units of the variance within a
        quadrant. Least squares over the simplex by non-negative least squares (Lawson and Hanson
        1974, 23).

        Args:
            phi: Components of at least one track ``(n_tracks, n_components)``.
        """
        from scipy.optimize import nnls  # slow to import, and needed once in a catalogue's life

        mean = self.whitening @ phi.mean(axis=0)
        rows = np.vstack([self.vertices.T, np.full(len(self.vertices), _SUM_TO_ONE)])
        share, _ = nnls(rows, np.append(mean, _SUM_TO_ONE))
        rest = mean - share @ self.vertices
        return max(0.0, float(rest @ rest) / len(rest) - 1.0 / len(phi))

    def displacement(self, proba: Proba) -> Doubles:
        """Return how far the mean log odds of valence and arousal lie from ``zero`` ``(2,)``."""
        return np.asarray(log_odds(proba)[:, :2].mean(axis=0) - self.zero)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is stored."""
        return {
            "vertices": self.vertices,
            "whitening": self.whitening,
            "zero": self.zero,
            "n_tracks": np.asarray(self.n_tracks, np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """Return what was stored."""
        vertices, whitening, zero = (
            arrays[name].astype(np.float64) for name in ("vertices", "whitening", "zero")
        )
        return cls(vertices, whitening, zero, int(arrays["n_tracks"]))
