"""Stacking: a second classifier over the modalities' distributions (Wolpert, 1992)."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.emotion import Modality, softmax
from models.fusion.evidence import BOTH, Arrays, Evidence, log_proba


def side_by_side(evidence: Evidence) -> Proba:
    """Return both distributions side by side ``(n_tracks, 2 * n_quadrants)``, audio first."""
    return np.hstack([evidence.proba[modality] for modality in Modality])


@dataclass(frozen=True, slots=True, eq=False)
class LogisticRegression:
    """Multinomial logistic regression on log-probabilities.

    Attributes:
        weights: Shape ``(2 * n_quadrants, n_quadrants)``.
        intercept: Shape ``(n_quadrants,)``.
    """

    weights: NDArray[np.float64]
    intercept: NDArray[np.float64]
    requires: ClassVar[frozenset[Modality]] = BOTH

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the fusion that ``to_arrays`` wrote."""
        names = ("weights", "intercept")
        return cls(*(np.asarray(arrays[name], dtype=np.float64) for name in names))

    def fuse(self, evidence: Evidence) -> Proba:
        evidence.require(BOTH, "logistic_regression")
        return softmax(log_proba(side_by_side(evidence)) @ self.weights + self.intercept)

    def to_arrays(self) -> Arrays:
        return {"weights": self.weights, "intercept": self.intercept}


@dataclass(frozen=True, slots=True, eq=False)
class NeuralNetwork:
    """One hidden layer of rectified units on log-probabilities.

    Attributes:
        hidden_weights: Shape ``(2 * n_quadrants, n_hidden)``.
        hidden_bias: Shape ``(n_hidden,)``.
        weights: Shape ``(n_hidden, n_quadrants)``.
        bias: Shape ``(n_quadrants,)``.
    """

    hidden_weights: NDArray[np.float64]
    hidden_bias: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    requires: ClassVar[frozenset[Modality]] = BOTH

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the fusion that ``to_arrays`` wrote."""
        names = ("hidden_weights", "hidden_bias", "weights", "bias")
        return cls(*(np.asarray(arrays[name], dtype=np.float64) for name in names))

    def fuse(self, evidence: Evidence) -> Proba:
        evidence.require(BOTH, "neural_network")
        x = log_proba(side_by_side(evidence))
        hidden = np.maximum(x @ self.hidden_weights + self.hidden_bias, 0.0)
        return softmax(hidden @ self.weights + self.bias)

    def to_arrays(self) -> Arrays:
        return {
            "hidden_weights": self.hidden_weights,
            "hidden_bias": self.hidden_bias,
            "weights": self.weights,
            "bias": self.bias,
        }
