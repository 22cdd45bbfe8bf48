"""Uncertainty: what is not known of a listener's weights, and what an answer would tell of it.

Around the mode a listener's weights are about normal (Laplace). An answer about a track adds its
Fisher information to their precision: ``kron(x x', S)``, where ``x`` is the track's design and
``S = diag P - P P'`` follows from the distribution ``P`` that is expected of the answer.

Adding one number to the logits of all quadrants changes no distribution. So all of it happens in
three contrasts of the quadrants: valence, arousal and the product of their signs. Of these,
halved to length 1, ``P`` has the means ``v/2, a/2, c/2``, and ``S`` becomes::

    1/4 [[1 - v v, c - v a, a - v c],
         [c - v a, 1 - a a, v - a c],
         [a - v c, v - a c, 1 - c c]]
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.personal.logistic.posterior import curvature
from models.personal.logistic.sketch import CONTRASTS, N_CONTRASTS

Doubles = NDArray[np.float64]
Floats = NDArray[np.floating]
_BASIS = CONTRASTS / 2.0  # of length 1


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """What is not known of a listener's weights.

    Attributes:
        precision: Of the weights in the three contrasts, those of a component together
            ``(n, n)`` with ``n = n_weights * 3``.
    """

    precision: Doubles

    @classmethod
    def after(cls, proba: Proba, design: Doubles, variances: Doubles) -> "Uncertainty":
        """Return what is left after some answers.

        Args:
            proba: What is expected of each answer ``(n_answers, n_quadrants)``.
            design: What weights multiply ``(n_answers, n_weights)``.
            variances: Of each weight before any answer ``(n_weights,)``.
        """
        n_weights, n_quadrants = len(variances), len(_BASIS)
        found = curvature(proba, design, variances)
        blocks = found.reshape(n_weights, n_quadrants, n_weights, n_quadrants)
        contrasts = np.einsum("aqbr,qi,rj->aibj", blocks, _BASIS, _BASIS, optimize=True)
        return cls(contrasts.reshape(n_weights * N_CONTRASTS, -1))

    def told(self, proba: NDArray[np.float64], design: NDArray[np.float64]) -> "Uncertainty":
        """Return what is left after one more answer, whatever it is.

        Args:
            proba: What is expected of it ``(n_quadrants,)``.
            design: What weights multiply ``(n_weights,)``.
        """
        s00, s11, s22, s01, s02, s12 = (each / 4.0 for each in _steepness(proba[None]))
        steep = np.stack([s00, s01, s02, s01, s11, s12, s02, s12, s22]).reshape(N_CONTRASTS, -1)
        return Uncertainty(self.precision + np.kron(np.outer(design, design), steep))

    def gains(self, proba: Floats, design: Floats) -> Floats:
        """Return by how much an answer would lower the doubt, in nats ``(n_tracks,)``.

        ``1/2 ln det(I + S C)``, half of what the answer adds to the log determinant of the
        precision, with ``C`` the covariance that the doubt gives the track's logits (Chaloner and
        Verdinelli, 1995).

        Args:
            proba: What is expected of the answers ``(n_tracks, n_quadrants)``.
            design: What weights multiply ``(n_tracks, n_weights)``.
        """
        c00, c11, c22, c01, c02, c12 = self._spread(design)
        s00, s11, s22, s01, s02, s12 = _steepness(proba)
        # The rows of I + S C, written out: many small determinants at once.
        m00, m01, m02 = (
            1.0 + s00 * c00 + s01 * c01 + s02 * c02,
            s00 * c01 + s01 * c11 + s02 * c12,
            s00 * c02 + s01 * c12 + s02 * c22,
        )
        m10, m11, m12 = (
            s01 * c00 + s11 * c01 + s12 * c02,
            1.0 + s01 * c01 + s11 * c11 + s12 * c12,
            s01 * c02 + s11 * c12 + s12 * c22,
        )
        m20, m21, m22 = (
            s02 * c00 + s12 * c01 + s22 * c02,
            s02 * c01 + s12 * c11 + s22 * c12,
            1.0 + s02 * c02 + s12 * c12 + s22 * c22,
        )
        found = m00 * (m11 * m22 - m12 * m21)
        found -= m01 * (m10 * m22 - m12 * m20)
        found += m02 * (m10 * m21 - m11 * m20)
        return np.asarray(0.5 * np.log(np.maximum(found, 1.0)))

    def _spread(self, design: Floats) -> Floats:
        """Return a quarter of the covariances of logits in pairs of contrasts ``(6, n_tracks)``.

        Of the pairs 00, 11, 22, 01, 02, 12. Each is a quadratic form of the design: one product of
        matrices, with the products of two columns each, for all.
        """
        first, second = np.triu_indices(design.shape[1])
        columns = np.ascontiguousarray(design.T)
        pairs = np.empty((len(first), len(design)), design.dtype)
        start = 0
        for row in range(len(columns)):
            end = start + len(columns) - row
            np.multiply(columns[row], columns[row:], out=pairs[start:end])
            start = end
        covariance = np.linalg.inv(self.precision)
        blocks = covariance.reshape(len(columns), N_CONTRASTS, len(columns), N_CONTRASTS) / 4.0
        forms = [
            (blocks[first, i, second, j] + blocks[second, i, first, j])
            / np.where(first == second, 2.0, 1.0)
            for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
        ]
        return np.asarray(np.stack(forms).astype(design.dtype) @ pairs)


def _steepness(proba: Floats) -> tuple[Floats, ...]:
    """Return four times ``S`` in pairs of contrasts, each ``(n_tracks,)``: 00, 11, 22, 01, 02, 12.

    Args:
        proba: Shape ``(n_tracks, n_quadrants)``.
    """
    v, a, c = (proba @ CONTRASTS.astype(proba.dtype)).T
    return 1.0 - v * v, 1.0 - a * a, 1.0 - c * c, c - v * a, a - v * c, v - a * c
