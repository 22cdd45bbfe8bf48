"""One-against-the-rest logistic regression, fitted to users by gradient descent."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.emotion import N_QUADRANTS
from models.jit.loops import compiled

Singles = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LogisticRegressionSgd:
    """One-against-the-rest logistic regression on standardised features.

    Attributes:
        centre: Mean of each fold's features ``(n_folds, n_features)``.
        scale: Divisor of the centred features, above 0; same shape as ``centre``.
        weight: Weights of standardised features, then the bias
            ``(n_folds, n_quadrants, n_features + 1)``.
        anchor: L2 penalty on the distance from the shared weights.
        n_steps: Gradient steps of learning.
    """

    centre: Singles
    scale: Singles
    weight: Singles
    anchor: float = 30.0
    n_steps: int = 30

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return log-probabilities of each quadrant against the rest.

        scikit-learn also normalises their exponentials to multi-class probabilities.
        """
        return np.asarray(log_expit(self.margins(x, self.weight).astype(np.float64)))

    def margins(self, x: FloatMatrix, weight: Singles) -> Singles:
        """Return margins ``(n_folds, n_tracks, n_quadrants)``."""
        # Rescaling the weights costs less than standardising every track in each fold.
        slope = weight[:, :, :-1] / self.scale[:, None]
        bias = weight[:, :, -1] - (slope * self.centre[:, None]).sum(axis=2)
        return x @ slope.swapaxes(1, 2) + bias[:, None]

    def learn(self, x: FloatMatrix, y: IntVector, parent: MemberLogits) -> "SgdDelta":
        """Fit the change of weights to a user's labels.

        Full-batch gradient descent on ``sum of log losses + anchor/2 * |change|^2``. The paper's
        single stochastic pass over the newest labels depends on their order and forgets others.
        """
        del parent
        z = (x - self.centre[:, None]) / self.scale[:, None]
        inputs = np.concatenate([z, np.ones((*z.shape[:2], 1))], axis=2)
        target = np.eye(N_QUADRANTS)[y]
        change = _descend(
            inputs, target, self.weight.astype(np.float64), self.anchor, self.n_steps
        )
        # Half precision, so that a stored model equals the fitted one.
        return SgdDelta(parent=self, change=change.astype(np.float16))

    def delta(self, arrays: Mapping[str, NDArray[np.generic]]) -> "SgdDelta":
        """Restore a stored delta."""
        return SgdDelta(parent=self, change=arrays["change"].astype(np.float16))


@dataclass(frozen=True, slots=True, eq=False)
class SgdDelta:
    """A user's change of the weights.

    Attributes:
        parent: The shared members.
        change: Same shape as the parent's ``weight``.
    """

    parent: LogisticRegressionSgd
    change: NDArray[np.float16]

    def logits(self, x: FloatMatrix, parent: MemberLogits) -> MemberLogits:
        """Return the log-probabilities under the changed weights."""
        del parent
        margins = self.parent.margins(x, self.parent.weight + self.change)
        return np.asarray(log_expit(margins.astype(np.float64)))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the change."""
        return {"change": self.change}


@compiled(
    "float64[:, :, ::1](float64[:, :, ::1], float64[:, ::1], float64[:, :, ::1], float64, int64)"
)
def _descend(
    inputs: Floats, target: Floats, weight: Floats, anchor: float, n_steps: int
) -> Floats:
    """Return the change of weights, like ``weight (n_folds, n_quadrants, n_inputs)``.

    Args:
        inputs: Shape ``(n_folds, n_tracks, n_inputs)``.
        target: One-hot labels ``(n_tracks, n_quadrants)``.
        weight: Where the descent begins.
        anchor: Strength of the pull back to it.
        n_steps: Full-batch steps.
    """
    change = np.zeros_like(weight)
    for fold in range(len(weight)):
        rows = inputs[fold]
        columns = np.ascontiguousarray(rows.T)
        # The log loss curves at most 1/4 |x|^2 a row, so this step never overshoots.
        curvature = 0.25 * np.square(rows).sum() + anchor
        moved = np.zeros_like(weight[fold])
        for _ in range(n_steps):
            margin = np.dot(weight[fold] + moved, columns)
            error = 1.0 / (1.0 + np.exp(-margin)) - target.T
            moved -= (np.dot(error, rows) + anchor * moved) / curvature
        change[fold] = moved
    return change
