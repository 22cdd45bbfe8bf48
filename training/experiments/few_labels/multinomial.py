"""Multinomial logistic regression under a normal prior: its mode and its evidence by Laplace.

Weights ``w ~ N(0, P)`` over features ``z`` add ``f = w . z`` to a track's log-odds. A listener
answers fewer tracks than there are features, so the module works in function space, where the
prior is ``f ~ N(0, K)`` with ``K = z P z'`` for every quadrant: the same model. Newton's steps are
those of Rasmussen and Williams (2006), algorithm 3.3; their evidence lacks one factor, because
``|I + K W| = prod |I + K D_c| |sum E_c|`` (products and sums over the quadrants).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.emotion import softmax

Doubles = NDArray[np.float64]
_MOST_STEPS = 40
_MOST_HALVINGS = 12
_CLOSE = 1e-6  # nats


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Answers of several listeners, padded to the same number.

    Attributes:
        kernel: Covariance of ``f``, 0 for padding ``(n_listeners, n, n)``.
        one_hot: One-hot quadrants, 0 for padding ``(n_listeners, n, n_quadrants)``.
        offset: Prior log-odds ``(n_listeners, n, n_quadrants)``.
        is_there: False for padding ``(n_listeners, n)``.
    """

    kernel: Doubles
    one_hot: Doubles
    offset: Doubles
    is_there: NDArray[np.bool_]

    def log_posterior(self, dual: Doubles) -> Doubles:
        """Return each listener's log posterior up to a constant ``(n_listeners,)``."""
        f = self.kernel @ dual
        logits = self.offset + f
        most = logits.max(axis=-1)
        total = most + np.log(np.exp(logits - most[..., None]).sum(axis=-1))
        likely = (self.one_hot * logits).sum(axis=-1) - np.where(self.is_there, total, 0.0)
        return np.asarray(likely.sum(axis=-1) - 0.5 * (dual * f).sum(axis=(-2, -1)))


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """The likeliest weights of each listener.

    Attributes:
        dual: Dual weights: a track's log-odds change by its covariances with the answered tracks
            times these ``(n_listeners, n, n_quadrants)``.
        log_evidence: Laplace's approximation, in nats ``(n_listeners,)``.
    """

    dual: Doubles
    log_evidence: Doubles


def find_mode(answers: Answers, start: Doubles | None = None) -> Mode:
    """Return the likeliest weights.

    Args:
        answers: Answers of all listeners.
        start: Initial ``dual``; the mode under a similar prior saves steps.
    """
    dual = np.zeros_like(answers.one_hot) if start is None else start
    reached = answers.log_posterior(dual)
    volume = np.zeros(len(dual))
    for _ in range(_MOST_STEPS):
        target, volume = _newton(answers, dual)
        dual, now = _climb(answers, dual, reached, target)
        gained, reached = now - reached, now
        if (gained < _CLOSE).all():
            break
    return Mode(dual, reached - 0.5 * volume)


def _climb(
    answers: Answers, dual: Doubles, reached: Doubles, target: Doubles
) -> tuple[Doubles, Doubles]:
    """Step towards a target, halved until the log posterior rises; return position and height."""
    stride = np.ones(len(dual))
    for _ in range(_MOST_HALVINGS):
        tried = dual + stride[:, None, None] * (target - dual)
        height = answers.log_posterior(tried)
        is_lower = height < reached
        if not is_lower.any():
            return tried, height
        stride[is_lower] /= 2
    # A listener who is still lower is at the maximum up to rounding, so take no step.
    stride[answers.log_posterior(dual + stride[:, None, None] * (target - dual)) < reached] = 0.0
    tried = dual + stride[:, None, None] * (target - dual)
    return tried, answers.log_posterior(tried)


def _newton(answers: Answers, dual: Doubles) -> tuple[Doubles, Doubles]:
    """Return the target of Newton's step, and ``log|I + K W|`` of each listener."""
    kernel = answers.kernel
    f = kernel @ dual
    proba = softmax(answers.offset + f)
    root = np.sqrt(proba).swapaxes(-1, -2)  # (n_listeners, n_quadrants, n)
    inner = np.eye(f.shape[1]) + root[..., :, None] * kernel[:, None] * root[..., None, :]
    apart = root[..., :, None] * np.linalg.inv(inner) * root[..., None, :]
    together = apart.sum(axis=1)
    pulled = proba * (f - (proba * f).sum(axis=-1, keepdims=True)) + answers.one_hot - proba
    pushed = np.einsum("lcij,ljc->lic", apart, kernel @ pulled)
    level = np.linalg.solve(together, pushed.sum(axis=-1, keepdims=True))
    target = pulled - pushed + np.einsum("lcij,lj->lic", apart, level[..., 0])
    volume = np.linalg.slogdet(inner)[1].sum(axis=-1) + np.linalg.slogdet(together)[1]
    return np.where(answers.is_there[..., None], target, 0.0), volume
