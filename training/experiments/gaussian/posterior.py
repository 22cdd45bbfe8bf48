"""Bayesian linear regression: the exact posterior of weights.

``r = A w + e`` with ``w ~ N(0, D)`` and ``e ~ N(0, N)``, both diagonal. Rasmussen and Williams
(2006) give the posterior in weight space (2.8) and in function space (2.9, 2.25). The thin
singular value decomposition of ``N^-1/2 A D^1/2`` is either one, whichever is smaller: it costs
``n_answers * n_weights * min(n_answers, n_weights)``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
_LEAST_REMAINING = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Posterior of weights; its covariance is ``diag(prior) - learnt @ learnt.T``.

    Attributes:
        mean: Shape ``(n_weights, n_axes)``.
        learnt: Shape ``(n_weights, rank)``; the rank is at most the number of answers.
        held_out: Leave-one-out mean of each answer's residual
            (Rasmussen and Williams 2006, 5.12) ``(n_answers, n_axes)``.
        held_out_variance: Leave-one-out variance, noise included ``(n_answers,)``.
        log_evidence: Log marginal likelihood of the residuals of all axes, in nats (2.30).
    """

    mean: Doubles
    learnt: Doubles
    held_out: Doubles
    held_out_variance: Doubles
    log_evidence: float


def condition(prior: Doubles, design: Doubles, residual: Doubles, noise: Doubles) -> Posterior:
    """Return the posterior of weights given answers.

    Args:
        prior: Prior variance of each weight ``(n_weights,)``.
        design: Regressors of each answer ``(n_answers, n_weights)``.
        residual: Answers minus the population's expectation ``(n_answers, n_axes)``.
        noise: Variance of each answer beside its weights' ``(n_answers,)``, above 0.
    """
    scale, steady = np.sqrt(prior), 1.0 / np.sqrt(noise)
    rows, target = design * scale * steady[:, None], residual * steady[:, None]
    left, strength, right = np.linalg.svd(rows, full_matrices=False)
    shrunk = strength / (1.0 + strength**2)
    seen = left.T @ target
    # Square root of the hat matrix of ridge regression.
    hat = left * np.sqrt(strength * shrunk)
    # Above 0, but the difference may round to 0 for an extreme design row.
    remaining = np.maximum(1.0 - (hat**2).sum(axis=1), _LEAST_REMAINING)
    unexplained = target - left @ (seen * (strength * shrunk)[:, None])
    n_axes = residual.shape[1]
    misfit = float((target * unexplained).sum())
    volume = float(np.log1p(strength**2).sum() + np.log(2.0 * np.pi * noise).sum())
    return Posterior(
        mean=scale[:, None] * (right.T @ (seen * shrunk[:, None])),
        learnt=scale[:, None] * right.T * np.sqrt(strength * shrunk),
        held_out=residual - unexplained / (steady * remaining)[:, None],
        held_out_variance=noise / remaining,
        log_evidence=-0.5 * (misfit + n_axes * volume),
    )
