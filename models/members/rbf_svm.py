"""Support vector machines with a radial basis kernel, evaluated in NumPy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, Logits, MemberLogits


@dataclass(frozen=True, slots=True, eq=False)
class RbfSvm:
    """Four one-against-rest machines on shared support vectors.

    The decision value of class ``k`` is ``sum_i weights[i, k] exp(-gamma |z - vectors[i]|^2) +
    intercept[k]`` with ``z = (x - mean) / scale`` (Cortes & Vapnik, 1995): positive for the
    quadrant, negative for the rest.

    Attributes:
        mean: Mean of the features ``(n_features,)``.
        scale: Divisor of the centred features ``(n_features,)``, above 0.
        vectors: Standardised support vectors ``(n_vectors, n_features)``.
        weights: Signed dual coefficients ``(n_vectors, n_quadrants)``, 0 where a machine does not
            use the vector.
        intercept: Shape ``(n_quadrants,)``.
        gamma: One over twice the squared width of the kernel.
    """

    mean: FloatVector
    scale: FloatVector
    vectors: FloatMatrix
    weights: FloatMatrix
    intercept: FloatVector
    gamma: float
    _squared_lengths: FloatVector = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lengths = np.einsum("ij,ij->i", self.vectors, self.vectors)
        object.__setattr__(self, "_squared_lengths", lengths)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """Restore a machine from ``to_arrays``."""
        names = ("mean", "scale", "vectors", "weights", "intercept")
        fields = {name: np.asarray(arrays[name], dtype=np.float32) for name in names}
        return cls(**fields, gamma=float(np.asarray(arrays["gamma"], dtype=np.float64)))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return all fields to store."""
        return {
            "mean": self.mean,
            "scale": self.scale,
            "vectors": self.vectors,
            "weights": self.weights,
            "intercept": self.intercept,
            "gamma": np.array(self.gamma),
        }

    def scores(self, x: FloatMatrix) -> Logits:
        """Return decision values ``(n_tracks, n_quadrants)`` of ``(n_tracks, n_features)``."""
        z = standardise(x, self.mean, self.scale)
        # |z - v|^2 is expanded: one matrix product instead of differences.
        distance = z @ self.vectors.T
        distance *= -2.0
        distance += self._squared_lengths
        distance += np.einsum("ij,ij->i", z, z)[:, None]
        kernel = np.exp(np.maximum(distance, 0.0) * np.float32(-self.gamma))
        return (kernel @ self.weights + self.intercept).astype(np.float64)


def standardise(x: FloatMatrix, mean: FloatVector, scale: FloatVector) -> FloatMatrix:
    """Return ``(x - mean) / scale`` as float32, shape ``(n_tracks, n_features)``."""
    return (np.asarray(x, dtype=np.float32) - mean) / scale


@dataclass(frozen=True, slots=True, eq=False)
class RbfSvms:
    """One machine a fold, without learning from users; the logits are the decision values."""

    machines: Sequence[RbfSvm]

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return decision values."""
        return np.stack([machine.scores(x) for machine in self.machines])
