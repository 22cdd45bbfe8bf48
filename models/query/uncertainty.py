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
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.personal.logistic.posterior import curvature
from models.personal.logistic.track_features import CONTRASTS, N_CONTRASTS

Doubles = NDArray[np.float64]
Floats = NDArray[np.floating]
_CELLS = ([0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2])  # of a symmetric matrix


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
        # Halving a contrast doubles its weight.
        return cls(curvature(proba, design, variances) / 4.0)

    def updated(self, proba: NDArray[np.float64], design: NDArray[np.float64]) -> "Uncertainty":
        """Return what is left after one more answer, whatever it is.

        Args:
            proba: What is expected of it ``(n_quadrants,)``.
            design: What weights multiply ``(n_weights,)``.
        """
        steep = np.empty((N_CONTRASTS, N_CONTRASTS))
        steep[_CELLS] = steep.T[_CELLS] = _steepness(proba[None])[:, 0] / 4.0
        return Uncertainty(self.precision + np.kron(np.outer(design, design), steep))

    def gains(self, answers: "Answers") -> Floats:
        """Return by how much each answer would lower the doubt, in nats ``(n_tracks,)``.

        ``1/2 ln det(I + S C)``, half of what the answer adds to the log determinant of the
        precision, with ``C`` the covariance that the doubt gives the track's logits (Chaloner and
        Verdinelli, 1995).
        """
        pairs = answers.pairs
        c00, c11, c22, c01, c02, c12 = self._forms.astype(pairs.dtype) @ pairs
        s00, s11, s22, s01, s02, s12 = answers.steepness
        # I + S C written out: many small determinants at once.
        m00 = 1.0 + s00 * c00 + s01 * c01 + s02 * c02
        m01 = s00 * c01 + s01 * c11 + s02 * c12
        m02 = s00 * c02 + s01 * c12 + s02 * c22
        m10 = s01 * c00 + s11 * c01 + s12 * c02
        m11 = 1.0 + s01 * c01 + s11 * c11 + s12 * c12
        m12 = s01 * c02 + s11 * c12 + s12 * c22
        m20 = s02 * c00 + s12 * c01 + s22 * c02
        m21 = s02 * c01 + s12 * c11 + s22 * c12
        m22 = 1.0 + s02 * c02 + s12 * c12 + s22 * c22
        minors = m11 * m22 - m12 * m21, m10 * m22 - m12 * m20, m10 * m21 - m11 * m20
        found = m00 * minors[0] - m01 * minors[1] + m02 * minors[2]
        return np.asarray(0.5 * np.log(np.maximum(found, 1.0)))

    @cached_property
    def _forms(self) -> Doubles:
        """What makes a quarter of ``C`` of pairs of a design's numbers ``(6, n_pairs)``."""
        covariance = np.linalg.inv(self.precision)
        n_weights = len(covariance) // N_CONTRASTS
        blocks = covariance.reshape(n_weights, N_CONTRASTS, n_weights, N_CONTRASTS) / 4.0
        one, other = _pairs(n_weights)
        twice = np.where(one == other, 2.0, 1.0)
        forms = [
            (blocks[one, i, other, j] + blocks[other, i, one, j]) / twice
            for i, j in zip(*_CELLS, strict=True)
        ]
        return np.stack(forms)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Answers that may be given, as far as it matters what they are about.

    Attributes:
        steepness: Four times ``S`` in the cells 00, 11, 22, 01, 02, 12 ``(6, n_tracks)``.
        pairs: Products of each two numbers of the design ``(n_pairs, n_tracks)``.
    """

    steepness: Floats
    pairs: Floats

    @classmethod
    def of(cls, proba: Floats, design: Floats) -> "Answers":
        """Return the answers about some tracks, in the precision of what is given.

        Args:
            proba: What is expected of the answers ``(n_tracks, n_quadrants)``.
            design: What weights multiply ``(n_tracks, n_weights)``.
        """
        columns = np.ascontiguousarray(design.T)
        one, other = _pairs(len(columns))
        return cls(_steepness(proba), columns[one] * columns[other])

    def at(self, places: IntVector) -> "Answers":
        """Return some of them."""
        return Answers(self.steepness[:, places], self.pairs[:, places])


def _steepness(proba: Floats) -> Floats:
    v, a, c = CONTRASTS.T.astype(proba.dtype) @ proba.T
    return np.stack([1.0 - v * v, 1.0 - a * a, 1.0 - c * c, c - v * a, a - v * c, v - a * c])


@cache
def _pairs(n_weights: int) -> tuple[IntVector, IntVector]:
    return np.triu_indices(n_weights)
