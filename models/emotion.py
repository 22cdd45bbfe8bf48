"""The circumplex: quadrants, distributions over them, and what they say of valence and arousal.

Valence and arousal are coordinates in [-1, 1] (Russell, 1980). A quadrant is a quarter of that
plane, counted anticlockwise from pleasant-and-excited; an axis itself belongs to the positive
side.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Logits, Proba
from models.errors import InvalidLabelError


class Modality(StrEnum):
    """Where evidence about a track comes from."""

    AUDIO = "audio"
    LYRICS = "lyrics"


class Quadrant(StrEnum):
    """A quarter of the valence-arousal plane."""

    Q1 = "Q1"  # happy
    Q2 = "Q2"  # angry, tense
    Q3 = "Q3"  # sad
    Q4 = "Q4"  # calm

    @property
    def index(self) -> int:  # type: ignore[override]  # nobody looks for letters in a quadrant
        """The quadrant's place in every array whose axis is ``n_quadrants``."""
        return _INDEX[self]


QUADRANTS = tuple(Quadrant)
N_QUADRANTS = len(QUADRANTS)
_INDEX = {quadrant: index for index, quadrant in enumerate(QUADRANTS)}

SIGNS = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
"""On which side of valence and of arousal each quadrant lies ``(n_quadrants, 2)``."""

AMBIGUOUS_BELOW = 0.5
"""A distribution in which no quadrant holds this much is called ambiguous."""

BORDER = 0.01
"""How far from an axis the border of its negative side lies: the axis belongs to the positive."""


def quadrant_of(valence: float, arousal: float) -> Quadrant:
    """Return the quadrant in which a point lies.

    Raises:
        InvalidLabelError: A coordinate is not in [-1, 1].

    >>> quadrant_of(-0.2, 0.9)
    <Quadrant.Q2: 'Q2'>
    """
    for name, value in (("valence", valence), ("arousal", arousal)):
        if not -1.0 <= value <= 1.0:
            raise InvalidLabelError(f"{name} is {value}; it must lie in [-1, 1].")
    if arousal >= 0:
        return Quadrant.Q1 if valence >= 0 else Quadrant.Q2
    return Quadrant.Q4 if valence >= 0 else Quadrant.Q3


def in_quadrant(points: NDArray[np.float64], quadrants: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return points of the plane, those outside of their quadrant moved to its border ``(n, 2)``.

    Args:
        points: Valence and arousal; they may lie beyond the plane ``(n, 2)``.
        quadrants: Class indices ``(n,)``.

    >>> in_quadrant(np.array([[0.2, -0.5], [0.2, -0.5]]), np.array([2, 3])).tolist()
    [[-0.01, -0.5], [0.2, -0.5]]
    """
    is_positive = SIGNS[quadrants] > 0
    border = np.where(is_positive, 0.0, -BORDER)
    is_inside = (points >= 0.0) == is_positive
    return np.clip(np.where(is_inside, points, border), -1.0, 1.0)


def softmax(logits: Logits) -> Proba:
    """Return the distributions that logits stand for, along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def finite_log(proba: Proba) -> Proba:
    """Return logarithms of probabilities; one that rounds to 0 counts as the smallest double."""
    return np.asarray(np.log(np.maximum(proba, np.finfo(np.float64).tiny)))


def entropy(proba: Proba) -> NDArray[np.float64]:
    """Return Shannon entropy in nats along the last axis: 0 for certainty, ln 4 for no idea.

    >>> entropy(np.array([[1.0, 0.0, 0.0, 0.0]])).tolist()
    [0.0]
    """
    # 0·ln 0 is 0 in the limit; the guard keeps the logarithm from being asked.
    terms = proba * np.log(np.where(proba > 0, proba, 1.0))
    return np.asarray(-terms.sum(axis=-1) + 0.0)  # + 0.0: never -0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coordinate in [-1, 1] and how sure we are of it."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True, eq=False)
class Readout:
    """Reads valence and arousal off a distribution over quadrants.

    A mixture: each quadrant stands for the annotations that fell into it in the training data, and
    the distribution weighs the quadrants. Mean and variance are the mixture's (law of total
    variance); the mean is multiplied by the gain and clipped to [-1, 1].

    Attributes:
        mean: Shape ``(n_quadrants, 2)``: mean valence and arousal within each quadrant.
        variance: Shape ``(n_quadrants, 2)``: their variance within each quadrant.
        gain: Slope of annotations on the mixture's mean over held-out tracks, on each axis
            ``(2,)``. Distributions that are flatter than the truth put all means too near to 0.
    """

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    gain: NDArray[np.float64] = field(default_factory=lambda: np.ones(2))

    def __call__(self, proba: Proba) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return means and standard deviations, each ``(n_tracks, 2)``: valence, arousal."""
        mean = proba @ self.mean
        second = proba @ (self.variance + self.mean**2)
        sd = np.sqrt(np.maximum(second - mean**2, 0.0))
        return np.clip(self.gain * mean, -1.0, 1.0), sd

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is stored: no gain where it is 1, so that older versions stay the same."""
        arrays: dict[str, NDArray[np.generic]] = {"mean": self.mean, "variance": self.variance}
        return arrays | ({"gain": self.gain} if (self.gain != 1.0).any() else {})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """Return what was stored; snapshots without a gain have a gain of 1."""
        return cls(**{name: array.astype(np.float64) for name, array in arrays.items()})
