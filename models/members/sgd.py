"""Logistic regression trained by stochastic gradient descent, one classifier a quadrant against the rest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit

from models.arrays import IntVector, MemberLogits
from models.emotion import N_QUADRANTS
from models.members.family import FoldFeatures

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LogisticRegressionSgd:
    """One-against-the-rest logistic regression.

    Attributes:
        weight: Shape ``(n_folds, n_quadrants, n_features)``.
        bias: Shape ``(n_folds, n_quadrants)``.
        anchor: Strength of the pull back to the parent when a listener's answers are learnt.
        n_steps: Gradient steps then taken.
    """

    weight: Floats
    bias: Floats
    anchor: float = 0.1
    n_steps: int = 30

    def logits(self, z: FoldFeatures) -> MemberLogits:
        """Return log-probabilities of each quadrant against the rest, ``(n_folds, n_tracks, n_quadrants)``.

        Normalising their exponentials is what scikit-learn does with one-against-the-rest classifiers.
        """
        return np.asarray(log_expit(_margins(z, self.weight, self.bias)))

    def learn(self, z: FoldFeatures, y: IntVector, parent: MemberLogits) -> "SgdDelta":
        """Return the change of weights that the answers ask for.

        Full-batch gradient descent on ``sum of log losses + anchor/2 * |change|^2``: the paper takes one stochastic pass over the
        newest answers instead, which depends on their order and forgets the older ones.
        """
        del parent
        target = np.eye(N_QUADRANTS)[y]
        ones = np.ones((*z.shape[:2], 1))
        inputs = np.concatenate([z, ones], axis=2)
        start = np.concatenate([self.weight, self.bias[:, :, None]], axis=2)
        # The log loss curves at most 1/4 |x|^2 a row, so this step never overshoots.
        curvature = 0.25 * np.square(inputs).sum(axis=(1, 2)) + self.anchor
        change = np.zeros_like(start)
        for _ in range(self.n_steps):
            proba = expit(inputs @ (start + change).swapaxes(1, 2))
            slope = (proba - target).swapaxes(1, 2) @ inputs
            change -= (slope + self.anchor * change) / curvature[:, None, None]
        # Half precision from the start: a model read back from the store is the model that was learnt, bit for bit.
        return SgdDelta(parent=self, change=change.astype(np.float16))

    def delta(self, arrays: dict[str, NDArray[np.generic]]) -> "SgdDelta":
        """Return the delta that was stored as these arrays."""
        return SgdDelta(parent=self, change=arrays["change"].astype(np.float16))


@dataclass(frozen=True, slots=True, eq=False)
class SgdDelta:
    """The change a listener's answers make to the weights.

    Attributes:
        parent: The shared members.
        change: Shape ``(n_folds, n_quadrants, n_features + 1)``; the bias is last.
    """

    parent: LogisticRegressionSgd
    change: NDArray[np.float16]

    def logits(self, z: FoldFeatures, parent: MemberLogits) -> MemberLogits:
        """Return the log-probabilities under the changed weights."""
        del parent
        weight = self.parent.weight + self.change[:, :, :-1]
        bias = self.parent.bias + self.change[:, :, -1]
        return np.asarray(log_expit(_margins(z, weight, bias)))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the change."""
        return {"change": self.change}


def _margins(z: FoldFeatures, weight: Floats, bias: Floats) -> Floats:
    return np.asarray(z @ weight.swapaxes(1, 2) + bias[:, None])
