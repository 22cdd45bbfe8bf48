"""Bayesian linear regression: what answers teach of weights, exactly.

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
    """What is known of weights after some answers.

    The covariance is ``diag(prior) - learnt @ learnt.T``: what was not known before, less what
    the answers have taught.

    Attributes:
        mean: Shape ``(n_weights, n_axes)``.
        learnt: Shape ``(n_weights, rank)``; the rank is at most the number of answers.
        held_out: What each answer's residual was expected to be from all other answers, exactly
            (Rasmussen and Williams 2006, 5.12) ``(n_answers, n_axes)``.
        held_out_variance: How sure that was, noise included ``(n_answers,)``.
        log_evidence: Log marginal likelihood of the residuals, in nats, of all axes (2.30).
    """

    mean: Doubles
    learnt: Doubles
    held_out: Doubles
    held_out_variance: Doubles
    log_evidence: float


def condition(prior: Doubles, design: Doubles, residual: Doubles, noise: Doubles) -> Posterior:
    """Return what answers teach of weights.

    Args:
        prior: Variance of each weight before any answer ``(n_weights,)``.
        design: What each answer is about ``(n_answers, n_weights)``.
        residual: By how much each answer differs from what was expected of everybody
            ``(n_answers, n_axes)``.
        noise: Variance of each answer beside its weights' ``(n_answers,)``, above 0.
    """
    scale, steady = np.sqrt(prior), 1.0 / np.sqrt(noise)
    rows, told = design * scale * steady[:, None], residual * steady[:, None]
    left, strength, right = np.linalg.svd(rows, full_matrices=False)
    shrunk = strength / (1.0 + strength**2)
    seen = left.T @ told
    # The hat matrix of ridge regression: how far each answer is explained by all, itself included.
    hat = left * np.sqrt(strength * shrunk)
    # Above 0, but for an answer about something very far off the difference may round to nothing.
    remaining = np.maximum(1.0 - (hat**2).sum(axis=1), _LEAST_REMAINING)
    unexplained = told - left @ (seen * (strength * shrunk)[:, None])
    n_axes = residual.shape[1]
    misfit = float((told * unexplained).sum())
    volume = float(np.log1p(strength**2).sum() + np.log(2.0 * np.pi * noise).sum())
    return Posterior(
        mean=scale[:, None] * (right.T @ (seen * shrunk[:, None])),
        learnt=scale[:, None] * right.T * np.sqrt(strength * shrunk),
        held_out=residual - unexplained / (steady * remaining)[:, None],
        held_out_variance=noise / remaining,
        log_evidence=-0.5 * (misfit + n_axes * volume),
    )
