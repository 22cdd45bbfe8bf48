"""The last layers of the short-chunk CNN: softmax regression over each fold's own embedding."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.emotion import N_QUADRANTS
from models.jit.loops import compiled

Singles = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LastLayers:
    """The last layer of each fold's network; the encoder computes the layers before.

    The features are the folds' embeddings side by side, ``n_features = n_folds * n_embedding``;
    each fold reads its own.

    Attributes:
        weight: Weights of the unscaled embeddings ``(n_folds, n_quadrants, n_embedding)``.
        bias: Shape ``(n_folds, n_quadrants)``.
        centre: Mean of each fold's training tracks, which learning subtracts from the embeddings
            ``(n_folds, n_embedding)``.
        scale: Divisor of the centred embeddings in learning, above 0; same shape as ``centre``.
        anchor: L2 penalty on the distance from the shared weights.
        n_steps: Gradient steps of learning.
    """

    weight: Singles
    bias: Singles
    centre: Singles
    scale: Singles
    anchor: float = 30.0
    n_steps: int = 30

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return the networks' logits."""
        embedding = self._embedding(x).astype(np.float64)
        return np.asarray(embedding @ self.weight.swapaxes(1, 2) + self.bias[:, None])

    def learn(self, x: FloatMatrix, y: IntVector, parent: MemberLogits) -> "LastLayerDelta":
        """Fit the change of the last layers to a user's labels.

        Full-batch gradient descent on ``sum of log losses + anchor/2 * |change|^2``, where the
        change applies to standardised embeddings and the bias.
        """
        change = _descend(
            self.inputs(x),
            np.eye(N_QUADRANTS)[y],
            np.ascontiguousarray(parent, np.float64),
            self.anchor,
            self.n_steps,
        )
        # Half precision, so that a stored model equals the fitted one.
        return LastLayerDelta(parent=self, change=change.astype(np.float16))

    def delta(self, arrays: Mapping[str, NDArray[np.generic]]) -> "LastLayerDelta":
        """Restore a stored delta."""
        return LastLayerDelta(parent=self, change=arrays["change"].astype(np.float16))

    def inputs(self, x: FloatMatrix) -> Floats:
        """Return standardised embeddings and a 1 ``(n_folds, n_tracks, n_embedding + 1)``."""
        z = (self._embedding(x) - self.centre[:, None]) / self.scale[:, None]
        ones = np.ones((*z.shape[:2], 1))
        return np.ascontiguousarray(np.concatenate([z, ones], axis=2), np.float64)

    def _embedding(self, x: FloatMatrix) -> Singles:
        """Return each fold's embedding ``(n_folds, n_tracks, n_embedding)``."""
        n_folds, _, n_embedding = self.weight.shape
        return x.reshape(len(x), n_folds, n_embedding).swapaxes(0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class LastLayerDelta:
    """A user's change of the last layers.

    Attributes:
        parent: The shared members.
        change: Weights of standardised embeddings, then of the bias
            ``(n_folds, n_quadrants, n_embedding + 1)``.
    """

    parent: LastLayers
    change: NDArray[np.float16]

    def logits(self, x: FloatMatrix, parent: MemberLogits) -> MemberLogits:
        """Return the parent's logits plus those of the change."""
        return np.asarray(parent + self.parent.inputs(x) @ self.change.swapaxes(1, 2))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the change."""
        return {"change": self.change}


@compiled(
    "float64[:, :, ::1](float64[:, :, ::1], float64[:, ::1], float64[:, :, ::1], float64, int64)"
)
def _descend(
    inputs: Floats, target: Floats, margin: Floats, anchor: float, n_steps: int
) -> Floats:
    """Return the change of weights ``(n_folds, n_quadrants, n_inputs)``.

    Args:
        inputs: Shape ``(n_folds, n_tracks, n_inputs)``.
        target: One-hot labels ``(n_tracks, n_quadrants)``.
        margin: The logits that the change is added to ``(n_folds, n_tracks, n_quadrants)``.
        anchor: Strength of the pull back to no change.
        n_steps: Full-batch steps.
    """
    n_quadrants = target.shape[1]
    change = np.zeros((len(inputs), n_quadrants, inputs.shape[2]))
    for fold in range(len(inputs)):
        rows = inputs[fold]
        columns = np.ascontiguousarray(rows.T)
        # The loss curves at most half as much as |rows @ change|^2, whose largest eigenvalue is at
        # most the largest row sum of its matrix (Gershgorin): this step never overshoots.
        curvature = 0.5 * np.abs(np.dot(columns, rows)).sum(axis=0).max() + anchor
        moved = np.zeros((n_quadrants, inputs.shape[2]))
        for _ in range(n_steps):
            logits = margin[fold].T + np.dot(moved, columns)  # (n_quadrants, n_tracks)
            for track in range(logits.shape[1]):
                share = np.exp(logits[:, track] - logits[:, track].max())
                logits[:, track] = share / share.sum()
            moved -= (np.dot(logits - target.T, rows) + anchor * moved) / curvature
        change[fold] = moved
    return change
