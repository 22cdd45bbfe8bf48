"""Multinomial logistic regression with an offset: the posterior of one listener's weights.

The mode by damped Newton steps (Bishop 2006, 4.3.4), and the curvature around it (Laplace). The
weights of the mode add up to 0 over the quadrants, so the search runs over three contrasts of the
quadrants: 27 numbers for 9 weights instead of 36. :mod:`models.personal.logistic.laplace` finds
the modes of many listeners at once, to learn the prior.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dposv

from models.arrays import Proba, Votes
from models.personal.logistic.prior import Doubles, log_softmax
from models.personal.logistic.track_features import CONTRASTS, N_CONTRASTS

MAX_STEPS = 50
CLOSE_ENOUGH = 1e-4
"""Largest change of a weight in the last Newton step. The next would change it by about the square
of this, which is less than single precision resolves."""
CELLS = ([0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2])
"""Rows and columns of the six distinct cells of a symmetric 3 x 3 matrix."""
_ALL_CELLS = [0, 3, 4, 3, 1, 5, 4, 5, 2]
"""Index of every cell of the matrix, row by row, among the distinct ones."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """The posterior of a listener's weights after some answers.

    Attributes:
        log_prior: Log item prior of each answer ``(n_answers, n_quadrants)``.
        weights: The mode ``(n_weights, n_quadrants)``.
        proba: Distribution of each answer at the mode ``(n_answers, n_quadrants)``.
        design: Factors of the weights ``(n_answers, n_weights)``.
        pairs: The products of any two of its columns ``(n_answers, n_weights * n_weights)``.
        answers: As votes ``(n_answers, n_quadrants)``.
        variances: Prior variance of each weight ``(n_weights,)``.
    """

    log_prior: Doubles
    weights: Doubles
    proba: Proba
    design: Doubles
    pairs: Doubles
    answers: Votes
    variances: Doubles

    def held_out(self) -> Doubles:
        """Return log-probabilities of each answer given the others ``(n_answers, n_quadrants)``.

        One Newton step from the mode instead of a fit for each answer (approximate
        leave-one-out: Rad and Maleki 2020).
        """
        n_weights = self.design.shape[1]
        information = contrast_covariance(CONTRASTS.T @ self.proba.T)[_ALL_CELLS]
        covariance = np.linalg.inv(_curvature(information, self.pairs, self.variances))
        blocks = covariance.reshape(n_weights, N_CONTRASTS, n_weights, N_CONTRASTS)
        flat = blocks.transpose(0, 2, 1, 3).reshape(n_weights**2, N_CONTRASTS**2)
        spread = (self.pairs @ flat).reshape(-1, N_CONTRASTS, N_CONTRASTS)
        inner = np.eye(N_CONTRASTS) - information.T.reshape(spread.shape) @ spread
        residual = (self.answers - self.proba) @ CONTRASTS
        shift = (spread @ np.linalg.solve(inner, residual[..., None]))[..., 0]
        return log_softmax(self.log_prior + self.design @ self.weights - shift @ CONTRASTS.T)


def fit(log_prior: Doubles, answers: Votes, design: Doubles, variances: Doubles) -> Posterior:
    """Return the posterior of a listener's weights.

    Args:
        log_prior: Log item prior of each answer ``(n_answers, n_quadrants)``.
        answers: As votes ``(n_answers, n_quadrants)``.
        design: Factors of the weights ``(n_answers, n_weights)``.
        variances: Prior variance of each weight, above 0 ``(n_weights,)``.
    """
    pairs = products(design, design)
    precision = len(CONTRASTS) / variances
    weights = np.zeros((design.shape[1], N_CONTRASTS))
    # Quadrants and contrasts are rows here: NumPy sums few long rows faster than many short ones.
    offset, votes = np.ascontiguousarray(log_prior.T), np.ascontiguousarray(answers.T)
    target = CONTRASTS.T @ votes

    def log_density(at: Doubles) -> tuple[float, Doubles]:
        logits = offset + CONTRASTS @ (at.T @ design.T)
        logits -= logits.max(axis=0)
        odds = np.exp(logits)
        total = odds.sum(axis=0)
        penalty = 0.5 * float(precision @ (at**2).sum(axis=1))
        return float(np.vdot(votes, logits) - np.log(total).sum()) - penalty, odds / total

    value, proba = log_density(weights)
    for _ in range(MAX_STEPS):
        means = CONTRASTS.T @ proba
        slope = ((target - means) @ design).T - precision[:, None] * weights
        hessian = _curvature(contrast_covariance(means)[_ALL_CELLS], pairs, variances)
        step = dposv(hessian, slope.ravel())[1].reshape(weights.shape)
        new_value, proba = log_density(weights + step)
        while new_value < value and np.abs(step).max() >= CLOSE_ENOUGH:  # the step is too long
            step = step / 2.0
            new_value, proba = log_density(weights + step)
        weights, value = weights + step, new_value
        if np.abs(step).max() < CLOSE_ENOUGH:
            break
    return Posterior(log_prior, weights @ CONTRASTS.T, proba.T, design, pairs, answers, variances)


def curvature(proba: Proba, design: Doubles, variances: Doubles) -> Doubles:
    """Return the negative Hessian of the log posterior in the contrasts of the weights.

    Args:
        proba: Distribution of each answer ``(n_answers, n_quadrants)``.
        design: Factors of the weights ``(n_answers, n_weights)``.
        variances: Prior variance of each weight ``(n_weights,)``.

    Returns:
        Shape ``(n, n)`` with ``n = 3 * n_weights``, the contrasts of the first weight first.
    """
    information = contrast_covariance(CONTRASTS.T @ proba.T)[_ALL_CELLS]
    return _curvature(information, products(design, design), variances)


def products(left: Doubles, right: Doubles) -> Doubles:
    """Return the products of pairs along the last axis ``(..., n_left * n_right)``."""
    pairs = left[..., :, None] * right[..., None, :]
    return np.asarray(pairs.reshape(*left.shape[:-1], left.shape[-1] * right.shape[-1]))


def contrast_covariance(means: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the covariance of the contrasts in the distinct `CELLS` ``(6, n_distributions)``.

    The product of two contrasts of a quadrant is the third; the square of one is 1.

    Args:
        means: Of the contrasts under each distribution ``(3, n_distributions)``.
    """
    v, a, c = means
    return np.stack([1.0 - v * v, 1.0 - a * a, 1.0 - c * c, c - v * a, a - v * c, v - a * c])


def _curvature(information: NDArray[np.floating], pairs: Doubles, variances: Doubles) -> Doubles:
    """Return the same as `curvature`.

    Args:
        information: Covariance of the contrasts under each answer ``(9, n_answers)``.
        pairs: Products of columns of the design ``(n_answers, n_weights * n_weights)``.
        variances: Prior variance of each weight ``(n_weights,)``.
    """
    n_weights, size = len(variances), len(variances) * N_CONTRASTS
    blocks = (information @ pairs).reshape(N_CONTRASTS, N_CONTRASTS, n_weights, n_weights)
    hessian = blocks.transpose(2, 0, 3, 1).reshape(size, size)
    hessian.flat[:: size + 1] += np.repeat(len(CONTRASTS) / variances, N_CONTRASTS)
    return np.asarray(hessian)
