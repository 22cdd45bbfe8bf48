"""Sketches: a track as the Gaussian model sees it, one row of a matrix.

Columns are ``m`` on both axes (the mean signs that the shared models expect), the mean product of
the two signs, the squared length of the components, then the components: all that scores a track
for any listener by one product. The first three tell the distribution exactly:
``p(q) = (1 + s_v m_v + s_a m_a + s_v s_a c) / 4`` for a quadrant with the signs ``s_v, s_a``.
"""

from dataclasses import dataclass

import numpy as np

from models.arrays import FloatMatrix, Proba
from training.experiments.gaussian.posterior import Doubles
from training.experiments.gaussian.prior import signs

N_AXES = 2
N_MOMENTS = N_AXES + 1
"""The first columns, which tell the distribution."""
LENGTH = N_MOMENTS
"""The column of the squared length; components follow it."""
_FIRST = LENGTH + 1


def track_features(proba: Proba, phi: Doubles) -> FloatMatrix:
    """Return tracks' sketches ``(n_tracks, n_columns)``.

    Args:
        proba: What the shared models say of each track ``(n_tracks, n_quadrants)``.
        phi: Components ``(n_tracks, n_components)``, all 0 for a track without a recording.
    """
    length = (phi**2).sum(axis=1, keepdims=True)
    return np.concatenate([_moments(proba), length, phi], axis=1).astype(np.float32)


def _moments(proba: Proba) -> Doubles:
    """Return the mean signs of both axes, and of their product ``(n_tracks, 3)``."""
    one, two, three, four = proba.T
    product = (one + three) - (two + four)
    return np.concatenate([signs(proba), product[:, None]], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureColumns:
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
    def of(cls, rows: FloatMatrix) -> "FeatureColumns":
        """Return the parts of sketches ``(n_tracks, n_columns)``."""
        exact = rows.astype(np.float64)
        design = np.concatenate([np.ones((len(exact), 1)), exact[:, _FIRST:]], axis=1)
        return cls(exact[:, :N_AXES], exact[:, LENGTH], design)
