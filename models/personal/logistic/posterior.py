"""Multinomial logistic regression with an offset: what answers teach of a listener's weights.

The mode by damped Newton steps (Bishop 2006, 4.3.4) and the curvature around it (Laplace).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import Proba, Votes
from models.personal.logistic.prior import Doubles, log_softmax

MAX_STEPS = 50
CLOSE_ENOUGH = 1e-9
"""Newton steps that change no weight by more than this are the last."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """What is known of a listener's weights after some answers.

    Attributes:
        weights: The mode ``(n_weights, n_quadrants)``.
        proba: What is then expected of each answer ``(n_answers, n_quadrants)``.
        design: What weights multiply ``(n_answers, n_weights)``.
        answers: As votes ``(n_answers, n_quadrants)``.
        variances: Of each weight before any answer ``(n_weights,)``.
    """

    weights: Doubles
    proba: Proba
    design: Doubles
    answers: Votes
    variances: Doubles

    @cached_property
    def covariance(self) -> Doubles:
        """Of the weights, in the order of ``weights.ravel()`` ``(n, n)``."""
        return np.asarray(np.linalg.inv(curvature(self.proba, self.design, self.variances)))

    def held_out(self, log_prior: Doubles) -> Doubles:
        """Return the log-probabilities of each answer without itself ``(n_answers, n_quadrants)``.

        One Newton step from the mode instead of a fit for each answer (approximate
        leave-one-out: Rad and Maleki 2020).

        Args:
            log_prior: What a newcomer would answer ``(n_answers, n_quadrants)``.
        """
        spread = spread_of_logits(self.covariance, self.design)
        steep = steepness(self.proba)
        inner = np.eye(self.proba.shape[1]) - steep @ spread
        missing = np.linalg.solve(inner, (self.answers - self.proba)[..., None])
        logits = log_prior + self.design @ self.weights - (spread @ missing)[..., 0]
        return log_softmax(logits)


def fit(log_prior: Doubles, answers: Votes, design: Doubles, variances: Doubles) -> Posterior:
    """Return the mode of a listener's weights.

    Args:
        log_prior: What a newcomer would answer ``(n_answers, n_quadrants)``.
        answers: As votes ``(n_answers, n_quadrants)``.
        design: What weights multiply ``(n_answers, n_weights)``.
        variances: Of each weight before any answer ``(n_weights,)``, above 0.
    """
    n_quadrants = log_prior.shape[1]
    weights = np.zeros((design.shape[1], n_quadrants))
    precision = 1.0 / variances[:, None]

    def value_at(at: Doubles) -> tuple[float, Doubles]:
        log_proba = log_softmax(log_prior + design @ at)
        return float((answers * log_proba).sum() - 0.5 * (precision * at**2).sum()), log_proba

    value, log_proba = value_at(weights)
    for _ in range(MAX_STEPS):
        proba = np.exp(log_proba)
        slope = design.T @ (answers - proba) - precision * weights
        step = np.linalg.solve(curvature(proba, design, variances), slope.ravel())
        step = step.reshape(weights.shape)
        further, log_proba = value_at(weights + step)
        while further < value and np.abs(step).max() >= CLOSE_ENOUGH:  # it went too far
            step = step / 2.0
            further, log_proba = value_at(weights + step)
        weights, value = weights + step, further
        if np.abs(step).max() < CLOSE_ENOUGH:
            break
    return Posterior(weights, np.exp(log_proba), design, answers, variances)


def curvature(proba: Proba, design: Doubles, variances: Doubles) -> Doubles:
    """Return the negative Hessian at weights under which answers have these probabilities.

    Args:
        proba: Shape ``(n_answers, n_quadrants)``.
        design: Shape ``(n_answers, n_weights)``.
        variances: Of each weight before any answer ``(n_weights,)``.

    Returns:
        Shape ``(n, n)`` with ``n = n_weights * n_quadrants``, in the order of ``weights.ravel()``.
    """
    n_weights, n_quadrants = design.shape[1], proba.shape[1]
    size = n_weights * n_quadrants
    mixed = (design[:, :, None] * proba[:, None, :]).reshape(len(design), size)
    found = (-mixed.T @ mixed).reshape(n_weights, n_quadrants, n_weights, n_quadrants)
    for quadrant in range(n_quadrants):
        found[:, quadrant, :, quadrant] += (design.T * proba[:, quadrant]) @ design
    return found.reshape(size, size) + np.diag(np.repeat(1.0 / variances, n_quadrants))


def spread_of_logits(covariance: Doubles, design: Doubles) -> Doubles:
    """Return the covariance that doubtful weights give the logits of tracks.

    Args:
        covariance: Of the weights ``(n, n)``.
        design: What weights multiply ``(n_tracks, n_weights)``.

    Returns:
        Shape ``(n_tracks, n_quadrants, n_quadrants)``.
    """
    n_weights = design.shape[1]
    n_quadrants = len(covariance) // n_weights
    blocks = covariance.reshape(n_weights, n_quadrants, n_weights, n_quadrants)
    half = np.tensordot(design, blocks, axes=(1, 0))  # (n_tracks, quadrant, weight, quadrant)
    return np.einsum("nqbr,nb->nqr", half, design)


def steepness(proba: Proba) -> Doubles:
    """Return ``diag p - p p'`` of distributions ``(..., n_quadrants, n_quadrants)``."""
    whole = proba[..., :, None] * np.eye(proba.shape[-1])
    return np.asarray(whole - proba[..., :, None] * proba[..., None, :])
