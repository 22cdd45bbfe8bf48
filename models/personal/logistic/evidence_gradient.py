"""The gradient of the Laplace evidence of many listeners in the prior's hyperparameters."""

import numpy as np

from models.arrays import Proba
from models.personal.logistic.laplace import N_DIRECTIONS, PRODUCTS, Batch, Modes
from models.personal.logistic.posterior import products
from models.personal.logistic.prior import Doubles
from models.population import AXES

LEVEL, TASTE = slice(0, 1), slice(1, None)


def evidence_slopes(batch: Batch, scale: Doubles, modes: Modes, items: Doubles) -> Doubles:
    """Return the derivatives of the summed log evidence.

    The hyperparameters change the Hessian directly and through the modes (Rasmussen and Williams
    2006, 5.5.1, for the same derivative of a Gaussian process).

    Args:
        batch: The answers.
        scale: Standard deviation of each weight ``(n_weights,)``.
        modes: Of these listeners.
        items: Derivatives of the log item prior in some hyperparameters, 0 as padding
            ``(n_items, n_listeners, n_answers, n_quadrants)``.

    Returns:
        Derivatives in the same hyperparameters, then in the logarithms of the variances of level
        and taste ``(n_items + 2,)``.
    """
    expansion = _Expansion(batch, scale, modes)
    none = np.zeros_like(modes.weights)
    by_items = [expansion.slope(item, none) for item in items]
    return np.array([*by_items, *(expansion.slope_of_variance(group) for group in (LEVEL, TASTE))])


class _Expansion:
    """The expansion of the log evidence around the modes of a batch."""

    def __init__(self, batch: Batch, scale: Doubles, modes: Modes) -> None:
        self._design = batch.design * scale
        self._modes = modes
        self._residual = batch.y - modes.proba
        self._inverse = np.linalg.inv(modes.hessian)
        n_listeners, n_weights, _ = modes.weights.shape
        shape = n_listeners, n_weights, N_DIRECTIONS, n_weights, N_DIRECTIONS
        blocks = self._inverse.reshape(shape).swapaxes(2, 3).reshape(n_listeners, n_weights**2, -1)
        self._leverage = batch.squares @ (blocks * np.outer(scale, scale).reshape(-1, 1))
        known = 1.0 - np.diagonal(self._inverse, axis1=1, axis2=2)
        self._known = known.reshape(modes.weights.shape)

    def slope(self, logits: Doubles, pull: Doubles) -> float:
        """Return a derivative of the log evidence at a constant scale of the Hessian.

        Args:
            logits: Derivative of the logits at constant weights
                ``(n_listeners, n_answers, n_quadrants)``.
            pull: Derivative of the gradient that does not follow from ``logits``
                ``(n_listeners, n_weights, n_directions)``.
        """
        flat = (pull - self._pull(_change(self._modes.proba, logits))).reshape(len(pull), -1, 1)
        weights = (self._inverse @ flat).reshape(pull.shape)
        proba = _change(self._modes.proba, logits + self._design @ weights @ AXES.T)
        mean, change = self._modes.proba @ AXES, proba @ AXES
        spread = proba @ PRODUCTS - products(mean, change) - products(change, mean)
        return float((self._residual * logits).sum() - 0.5 * (self._leverage * spread).sum())

    def slope_of_variance(self, group: slice) -> float:
        """Return the derivative in the logarithm of the variance of some weights."""
        weights = self._modes.weights[:, group]
        logits = 0.5 * self._design[..., group] @ weights @ AXES.T
        pull = np.zeros_like(self._modes.weights)
        pull[:, group] = 0.5 * weights  # at a mode, the gradient of the likelihood
        return self.slope(logits, pull) - 0.5 * float(self._known[:, group].sum())

    def _pull(self, proba: Proba) -> Doubles:
        return np.asarray(self._design.swapaxes(1, 2) @ (proba @ AXES))


def _change(proba: Proba, logits: Doubles) -> Proba:
    """Return the derivative of the distributions, given that of their logits."""
    mean = (proba * logits).sum(axis=-1, keepdims=True)
    return np.asarray(proba * (logits - mean))
