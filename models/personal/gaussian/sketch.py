"""Sketches: a track as the Gaussian model sees it, one row of a matrix.

Columns are ``m`` on both axes (the mean signs that the shared models expect), the mean product of
the two signs, the squared length of the components, then the components: all that scores a track
for any listener by one product. The first three tell the distribution exactly:
``p(q) = (1 + s_v m_v + s_a m_a + s_v s_a c) / 4`` for a quadrant with the signs ``s_v, s_a``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.arrays import FloatMatrix, Proba
from models.emotion import SIGNS
from models.personal.gaussian.posterior import Doubles
from models.personal.gaussian.prior import signs

N_AXES = 2
N_MOMENTS = N_AXES + 1
"""The first columns, which tell the distribution."""
LENGTH = N_MOMENTS
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
    return np.concatenate([_moments(proba), length, phi], axis=1).astype(np.float32)


def proba_in(rows: FloatMatrix) -> Proba:
    """Return the distributions that sketches were drawn of ``(n_tracks, n_quadrants)``.

    Args:
        rows: Shape ``(n_tracks, n_columns)``. They are single precision, so that a probability is
            off by some 1e-7 and may have to be raised to 0.
    """
    valence, arousal, product = rows[:, :N_MOMENTS].astype(np.float64).T
    # Term by term, not as a matrix product, which rounds by its shape: a row is the same alone.
    quarters = [1.0 + v * valence + a * arousal + v * a * product for v, a in SIGNS]
    return np.maximum(np.stack(quarters, axis=1) / len(SIGNS), 0.0)


def components_in(rows: FloatMatrix) -> FloatMatrix:
    """Return the components in sketches ``(n_tracks, n_components)``, a view of them."""
    return rows[:, _FIRST:]


def redrawn(rows: FloatMatrix, calibrate: Callable[[Proba], Proba]) -> FloatMatrix:
    """Return sketches of other distributions; all but these stays ``(n_tracks, n_columns)``.

    Args:
        rows: Shape ``(n_tracks, n_columns)``.
        calibrate: Turns the distributions of the shared models into others.
    """
    drawn = rows.copy()
    drawn[:, :N_MOMENTS] = _moments(calibrate(proba_in(rows)))
    return drawn


def _moments(proba: Proba) -> Doubles:
    """Return the mean signs of both axes, and of their product ``(n_tracks, 3)``."""
    one, two, three, four = proba.T
    product = (one + three) - (two + four)
    return np.concatenate([signs(proba), product[:, None]], axis=1)


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
