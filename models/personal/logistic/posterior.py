"""Multinomial logistic regression with an offset: what answers teach of a listener's weights.

The mode by damped Newton steps (Bishop 2006, 4.3.4) and the curvature around it (Laplace). The
weights of the mode add up to 0 over the quadrants, so that the search runs over their three
contrasts: 27 numbers of 9 weights instead of 36.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dposv

from models.arrays import Proba, Votes
from models.personal.logistic.prior import Doubles, log_softmax
from models.personal.logistic.track_features import CONTRASTS, N_CONTRASTS

MAX_STEPS = 50
CLOSE_ENOUGH = 1e-4
"""Newton steps that change no weight by more than this are the last: the next would change them by
about its square, which is less than single precision keeps."""
_PRODUCT = np.array([0, 2, 1, 2, 0, 0, 1, 0, 0])
"""Of any two contrasts, in the order of a matrix of them: which one their product is."""
_SQUARES = [0, 4, 8]
"""Where a contrast is multiplied with itself."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """What is known of a listener's weights after some answers.

    Attributes:
        log_prior: What a newcomer would answer ``(n_answers, n_quadrants)``.
        weights: The mode ``(n_weights, n_quadrants)``.
        proba: What is then expected of each answer ``(n_answers, n_quadrants)``.
        design: What weights multiply ``(n_answers, n_weights)``.
        pairs: The products of any two of its columns ``(n_answers, n_weights * n_weights)``.
        answers: As votes ``(n_answers, n_quadrants)``.
        variances: Of each weight before any answer ``(n_weights,)``.
    """

    log_prior: Doubles
    weights: Doubles
    proba: Proba
    design: Doubles
    pairs: Doubles
    answers: Votes
    variances: Doubles

    def held_out(self) -> Doubles:
        """Return the log-probabilities of each answer without itself ``(n_answers, n_quadrants)``.

        One Newton step from the mode instead of a fit for each answer (approximate
        leave-one-out: Rad and Maleki 2020).
        """
        n_weights = self.design.shape[1]
        steep = _steepness(CONTRASTS.T @ self.proba.T)
        covariance = np.linalg.inv(_curvature(steep, self.pairs, self.variances))
        blocks = covariance.reshape(n_weights, N_CONTRASTS, n_weights, N_CONTRASTS)
        flat = blocks.transpose(0, 2, 1, 3).reshape(n_weights**2, N_CONTRASTS**2)
        spread = (self.pairs @ flat).reshape(-1, N_CONTRASTS, N_CONTRASTS)
        inner = np.eye(N_CONTRASTS) - steep.T.reshape(spread.shape) @ spread
        surprise = (self.answers - self.proba) @ CONTRASTS
        moved = (spread @ np.linalg.solve(inner, surprise[..., None]))[..., 0]
        return log_softmax(self.log_prior + self.design @ self.weights - moved @ CONTRASTS.T)


def fit(log_prior: Doubles, answers: Votes, design: Doubles, variances: Doubles) -> Posterior:
    """Return the mode of a listener's weights.

    Args:
        log_prior: What a newcomer would answer ``(n_answers, n_quadrants)``.
        answers: As votes ``(n_answers, n_quadrants)``.
        design: What weights multiply ``(n_answers, n_weights)``.
        variances: Of each weight before any answer ``(n_weights,)``, above 0.
    """
    pairs = products(design, design)
    precision = len(CONTRASTS) / variances
    weights = np.zeros((design.shape[1], N_CONTRASTS))
    # Quadrants and contrasts lie in rows here: NumPy sums few rows faster than short rows.
    offset, votes = np.ascontiguousarray(log_prior.T), np.ascontiguousarray(answers.T)
    target = CONTRASTS.T @ votes

    def value_at(at: Doubles) -> tuple[float, Doubles]:
        logits = offset + CONTRASTS @ (at.T @ design.T)
        logits -= logits.max(axis=0)
        odds = np.exp(logits)
        total = odds.sum(axis=0)
        penalty = 0.5 * float(precision @ (at**2).sum(axis=1))
        return float(np.vdot(votes, logits) - np.log(total).sum()) - penalty, odds / total

    value, proba = value_at(weights)
    for _ in range(MAX_STEPS):
        means = CONTRASTS.T @ proba
        slope = ((target - means) @ design).T - precision[:, None] * weights
        bent = _curvature(_steepness(means), pairs, variances)
        step = dposv(bent, slope.ravel())[1].reshape(weights.shape)
        further, proba = value_at(weights + step)
        while further < value and np.abs(step).max() >= CLOSE_ENOUGH:  # it went too far
            step = step / 2.0
            further, proba = value_at(weights + step)
        weights, value = weights + step, further
        if np.abs(step).max() < CLOSE_ENOUGH:
            break
    return Posterior(log_prior, weights @ CONTRASTS.T, proba.T, design, pairs, answers, variances)


def curvature(proba: Proba, design: Doubles, variances: Doubles) -> Doubles:
    """Return the negative Hessian in the contrasts of the weights.

    Args:
        proba: What is expected of each answer ``(n_answers, n_quadrants)``.
        design: What weights multiply ``(n_answers, n_weights)``.
        variances: Of each weight before any answer ``(n_weights,)``.

    Returns:
        Shape ``(n, n)`` with ``n = 3 * n_weights``, the contrasts of the first weight first.
    """
    return _curvature(_steepness(CONTRASTS.T @ proba.T), products(design, design), variances)


def products(left: Doubles, right: Doubles) -> Doubles:
    """Return the products of pairs along the last axis ``(..., n_left * n_right)``."""
    pairs = left[..., :, None] * right[..., None, :]
    return np.asarray(pairs.reshape(*left.shape[:-1], left.shape[-1] * right.shape[-1]))


def _steepness(means: Doubles) -> Doubles:
    """Return the covariance of the contrasts under distributions ``(9, n_answers)``.

    The product of two contrasts of a quadrant is the third, and that of one with itself is 1.

    Args:
        means: Of the contrasts ``(3, n_answers)``.
    """
    second = means[_PRODUCT]
    second[_SQUARES] = 1.0
    return second - (means[:, None] * means).reshape(second.shape)


def _curvature(steepness: Doubles, pairs: Doubles, variances: Doubles) -> Doubles:
    """Return the same as `curvature`.

    Args:
        steepness: As `_steepness` gives it ``(9, n_answers)``.
        pairs: Products of columns of the design ``(n_answers, n_weights * n_weights)``.
        variances: Of each weight before any answer ``(n_weights,)``.
    """
    n_weights, size = len(variances), len(variances) * N_CONTRASTS
    blocks = (steepness @ pairs).reshape(N_CONTRASTS, N_CONTRASTS, n_weights, n_weights)
    found = blocks.transpose(2, 0, 3, 1).reshape(size, size)
    found.flat[:: size + 1] += np.repeat(len(CONTRASTS) / variances, N_CONTRASTS)
    return np.asarray(found)
