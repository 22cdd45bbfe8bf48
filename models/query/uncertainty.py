"""Uncertainty of a listener's weights, and by how much an answer reduces it.

The posterior of the weights is approximately normal around its mode (Laplace). An answer about a
track adds its Fisher information to their precision: ``kron(x x', S)``, where ``x`` is the track's
design and ``S = diag P - P P'`` follows from the expected distribution ``P`` of the answer.

A constant added to the logits of all quadrants changes no distribution, so everything is computed
in three contrasts of the quadrants: valence, arousal and the product of their signs. Halved to
length 1, they have the means ``v/2, a/2, c/2`` under ``P``, and ``S`` becomes::

    1/4 [[1 - v v, c - v a, a - v c],
         [c - v a, 1 - a a, v - a c],
         [a - v c, v - a c, 1 - c c]]
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.personal.logistic.posterior import CELLS, contrast_covariance, curvature
from models.personal.logistic.track_features import CONTRASTS, N_CONTRASTS

Doubles = NDArray[np.float64]
Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """The posterior precision of a listener's weights.

    Attributes:
        precision: Over the three contrasts of each weight, the contrasts of the first weight first
            ``(n, n)`` with ``n = n_weights * 3``.
    """

    precision: Doubles

    @classmethod
    def after(cls, proba: Proba, design: Doubles, variances: Doubles) -> "Uncertainty":
        """Return the uncertainty after some answers.

        Args:
            proba: Expected distribution of each answer ``(n_answers, n_quadrants)``.
            design: Factors of the weights ``(n_answers, n_weights)``.
            variances: Prior variance of each weight ``(n_weights,)``.
        """
        # Halving a contrast doubles its weight.
        return cls(curvature(proba, design, variances) / 4.0)

    def updated(self, proba: NDArray[np.float64], design: NDArray[np.float64]) -> "Uncertainty":
        """Return the uncertainty after one more answer; its value does not matter.

        Args:
            proba: Expected distribution of the answer ``(n_quadrants,)``.
            design: Factors of the weights ``(n_weights,)``.
        """
        information = np.empty((N_CONTRASTS, N_CONTRASTS))
        cells = contrast_covariance(CONTRASTS.T @ proba[None].T)[:, 0] / 4.0
        information[CELLS] = information.T[CELLS] = cells
        return Uncertainty(self.precision + np.kron(np.outer(design, design), information))

    def gains(self, answers: "Answers") -> Floats:
        """Return the information gain of each answer, in nats ``(n_tracks,)``.

        ``1/2 ln det(I + S C)``, half the increase of the log determinant of the precision, where
        ``C`` is the posterior covariance of the track's logits (Chaloner and Verdinelli, 1995).
        """
        pairs = answers.pairs
        c00, c11, c22, c01, c02, c12 = self._forms.astype(pairs.dtype) @ pairs
        s00, s11, s22, s01, s02, s12 = answers.covariance
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
        determinant = m00 * minors[0] - m01 * minors[1] + m02 * minors[2]
        return np.asarray(0.5 * np.log(np.maximum(determinant, 1.0)))

    @cached_property
    def _forms(self) -> Doubles:
        """Coefficients of pairs of a design's numbers in the cells of ``C / 4`` ``(6, n_pairs)``.

        The other factor 4 of ``S C`` is in `Answers.covariance`.
        """
        covariance = np.linalg.inv(self.precision)
        n_weights = len(covariance) // N_CONTRASTS
        blocks = covariance.reshape(n_weights, N_CONTRASTS, n_weights, N_CONTRASTS) / 4.0
        one, other = _pairs(n_weights)
        twice = np.where(one == other, 2.0, 1.0)
        forms = [
            (blocks[one, i, other, j] + blocks[other, i, one, j]) / twice
            for i, j in zip(*CELLS, strict=True)
        ]
        return np.stack(forms)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Possible answers about some tracks.

    Attributes:
        covariance: ``4 S`` in the distinct `CELLS` ``(6, n_tracks)``.
        pairs: Products of each two numbers of the design ``(n_pairs, n_tracks)``.
    """

    covariance: Floats
    pairs: Floats

    @classmethod
    def of(cls, proba: Floats, design: Floats) -> "Answers":
        """Return the answers about some tracks, in the precision of the arguments.

        Args:
            proba: Expected distributions of the answers ``(n_tracks, n_quadrants)``.
            design: Factors of the weights ``(n_tracks, n_weights)``.
        """
        columns = np.ascontiguousarray(design.T)
        one, other = _pairs(len(columns))
        means = CONTRASTS.T.astype(proba.dtype) @ proba.T
        return cls(contrast_covariance(means), columns[one] * columns[other])

    def at(self, places: IntVector) -> "Answers":
        """Return some of the answers."""
        return Answers(self.covariance[:, places], self.pairs[:, places])


@cache
def _pairs(n_weights: int) -> tuple[IntVector, IntVector]:
    return np.triu_indices(n_weights)
