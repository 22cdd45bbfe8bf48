"""Sketches: a track as the Gaussian model sees it, one row of a matrix.

Columns are ``m`` on both axes (the mean signs that the shared models expect), the squared length
of the components, then the components: all that scores a track for any listener by one product.
"""

from dataclasses import dataclass

import numpy as np

from models.arrays import FloatMatrix, Proba
from models.personal.gaussian.posterior import Doubles
from models.personal.gaussian.prior import signs

N_AXES = 2
LENGTH = N_AXES
"""The column of the squared length; components follow it."""
_FIRST = LENGTH + 1


def n_columns(n_components: int) -> int:
    """Return how long a sketch is."""
    return _FIRST + n_components


def sketches(proba: Proba, phi: Doubles) -> FloatMatrix:
    """Return tracks' sketches ``(n_tracks, n_columns)``.

    Args:
        proba: What the shared models say of each track ``(n_tracks, n_quadrants)``.
        phi: Components ``(n_tracks, n_components)``, all 0 for a track without a recording.
    """
    length = (phi**2).sum(axis=1, keepdims=True)
    return np.concatenate([signs(proba), length, phi], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Sketched:
    """The parts of sketches, in double precision.

    Attributes:
        mean: Shape ``(n_tracks, 2)``.
        length: Squared length of the components ``(n_tracks,)``.
        design: What weights multiply: 1 for the level, then the components
            ``(n_tracks, 1 + n_components)``.
    """

    mean: Doubles
    length: Doubles
    design: Doubles

    @classmethod
    def of(cls, rows: FloatMatrix) -> "Sketched":
        """Return the parts of sketches ``(n_tracks, n_columns)``."""
        exact = rows.astype(np.float64)
        design = np.concatenate([np.ones((len(exact), 1)), exact[:, _FIRST:]], axis=1)
        return cls(exact[:, :N_AXES], exact[:, LENGTH], design)
