"""The circumplex: quadrants, distributions over them, and their valence and arousal.

Valence and arousal are coordinates in [-1, 1] (Russell, 1980). Quadrants are numbered
anticlockwise from positive valence and arousal; an axis belongs to its positive side.
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
    """A source of features of a track."""

    AUDIO = "audio"
    LYRICS = "lyrics"


class Quadrant(StrEnum):
    """A quarter of the valence-arousal plane."""

    Q1 = "Q1"
    Q2 = "Q2"
    Q3 = "Q3"
    Q4 = "Q4"

    @property
    def index(self) -> int:  # type: ignore[override]  # hides str.index
        """The quadrant's index on an ``n_quadrants`` axis."""
        return _INDEX[self]


QUADRANTS = tuple(Quadrant)
N_QUADRANTS = len(QUADRANTS)
_INDEX = {quadrant: index for index, quadrant in enumerate(QUADRANTS)}

WORDS: Mapping[Quadrant, str] = dict(
    zip(QUADRANTS, ("happy", "tense", "sad", "calm"), strict=True)
)
"""The everyday word for each quadrant."""
SYNONYMS: Mapping[str, Quadrant] = {"angry": Quadrant.Q2, "relaxed": Quadrant.Q4}
"""Other words that are accepted."""
_NAMES: Mapping[str, Quadrant] = {
    **{quadrant.lower(): quadrant for quadrant in QUADRANTS},
    **{word: quadrant for quadrant, word in WORDS.items()},
    **SYNONYMS,
}

SIGNS = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
"""Signs of valence and arousal in each quadrant ``(n_quadrants, 2)``."""

AMBIGUOUS_BELOW = 0.5
"""A distribution whose largest probability is lower is ambiguous."""

BORDER = 0.01
"""Distance of a negative side's border from the axis, which belongs to the positive side."""


def quadrant_named(name: str) -> Quadrant:
    """Return the quadrant with this name or word, in any letter case and with blanks around it.

    Raises:
        ValueError: No quadrant is called so.

    >>> quadrant_named("Q2"), quadrant_named(" Happy ")
    (<Quadrant.Q2: 'Q2'>, <Quadrant.Q1: 'Q1'>)
    """
    quadrant = _NAMES.get(name.strip().lower())
    if quadrant is None:
        known = ", ".join(f"{quadrant} or {word}" for quadrant, word in WORDS.items())
        raise ValueError(f"a quadrant is {known}")
    return quadrant


def quadrant_of(valence: float, arousal: float) -> Quadrant:
    """Return the quadrant of a point.

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
    """Move points outside their quadrant to its border ``(n, 2)``.

    Args:
        points: Valence and arousal, possibly outside [-1, 1] ``(n, 2)``.
        quadrants: Class indices ``(n,)``.

    >>> in_quadrant(np.array([[0.2, -0.5], [0.2, -0.5]]), np.array([2, 3])).tolist()
    [[-0.01, -0.5], [0.2, -0.5]]
    """
    is_positive = SIGNS[quadrants] > 0
    border = np.where(is_positive, 0.0, -BORDER)
    is_inside = (points >= 0.0) == is_positive
    return np.clip(np.where(is_inside, points, border), -1.0, 1.0)


def softmax(logits: Logits) -> Proba:
    """Return the softmax along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def finite_log(proba: Proba) -> Proba:
    """Return logarithms of probabilities, with 0 replaced by the smallest normal double."""
    return np.asarray(np.log(np.maximum(proba, np.finfo(np.float64).tiny)))


def entropy(proba: Proba) -> NDArray[np.float64]:
    """Return Shannon entropy in nats along the last axis, from 0 to ln 4.

    >>> entropy(np.array([[1.0, 0.0, 0.0, 0.0]])).tolist()
    [0.0]
    """
    # 0·ln 0 is 0 in the limit; a bound above 0 avoids the logarithm's warning.
    terms = proba * np.log(np.maximum(proba, np.finfo(proba.dtype).tiny))
    return np.asarray(-terms.sum(axis=-1) + 0.0)  # + 0.0 turns -0.0 into 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean and standard deviation of a coordinate in [-1, 1]."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True, eq=False)
class Readout:
    """Converts distributions over quadrants to valence and arousal.

    The model is a mixture of the training annotations in each quadrant, weighted by the
    distribution. Mean and variance are the mixture's (law of total variance); the mean is
    multiplied by the gain and clipped to [-1, 1].

    Attributes:
        mean: Mean valence and arousal in each quadrant ``(n_quadrants, 2)``.
        variance: Their variance in each quadrant ``(n_quadrants, 2)``.
        gain: Slope of held-out annotations on the mixture's mean, on each axis ``(2,)``. It
            corrects distributions that are too flat, whose means are too close to 0.
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
        """Return all fields to store, without a gain of 1, so that older versions stay valid."""
        arrays: dict[str, NDArray[np.generic]] = {"mean": self.mean, "variance": self.variance}
        return arrays | ({"gain": self.gain} if (self.gain != 1.0).any() else {})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """Restore a stored readout; the default gain is 1."""
        return cls(**{name: array.astype(np.float64) for name, array in arrays.items()})
