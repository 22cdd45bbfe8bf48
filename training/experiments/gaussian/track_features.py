"""Track features of the Gaussian model: one matrix row a track.

Columns are ``m`` on both axes (the mean signs under the shared models), the mean product of the
two signs, the squared length of the components, then the components. The first three define the
distribution: ``p(q) = (1 + s_v m_v + s_a m_a + s_v s_a c) / 4`` for a quadrant with the signs
``s_v, s_a``.
"""

from dataclasses import dataclass

import numpy as np

from models.arrays import FloatMatrix, Proba
from training.experiments.gaussian.posterior import Doubles
from training.experiments.gaussian.prior import signs

N_AXES = 2
N_MOMENTS = N_AXES + 1
"""Number of first columns, which define the distribution."""
LENGTH = N_MOMENTS
"""Index of the squared length; components follow it."""
_FIRST = LENGTH + 1


def track_features(proba: Proba, phi: Doubles) -> FloatMatrix:
    """Return track features ``(n_tracks, n_columns)``.

    Args:
        proba: The shared models' predictions ``(n_tracks, n_quadrants)``.
        phi: Components ``(n_tracks, n_components)``, all 0 for a track without a recording.
    """
    length = (phi**2).sum(axis=1, keepdims=True)
    return np.concatenate([_moments(proba), length, phi], axis=1).astype(np.float32)


def _moments(proba: Proba) -> Doubles:
    """Return the mean signs of both axes and the mean of their product ``(n_tracks, 3)``."""
    one, two, three, four = proba.T
    product = (one + three) - (two + four)
    return np.concatenate([signs(proba), product[:, None]], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureColumns:
    """Columns of track features in double precision.

    Attributes:
        mean: Shape ``(n_tracks, 2)``.
        length: Squared length of the components ``(n_tracks,)``.
        design: Regressors of the weights: 1 for the level, then the components
            ``(n_tracks, 1 + n_components)``.
    """

    mean: Doubles
    length: Doubles
    design: Doubles

    @classmethod
    def of(cls, rows: FloatMatrix) -> "FeatureColumns":
        """Return the columns of track features ``(n_tracks, n_columns)``."""
        exact = rows.astype(np.float64)
        design = np.concatenate([np.ones((len(exact), 1)), exact[:, _FIRST:]], axis=1)
        return cls(exact[:, :N_AXES], exact[:, LENGTH], design)
