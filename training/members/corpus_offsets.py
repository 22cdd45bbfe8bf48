"""What is each corpus' own: level and scale of its features, weights of its quadrants, its offset.

Corpora are recorded, encoded and labelled in their own ways. While they are trained on, their
features are brought to the level and scale of one of them, the reference; a track of no known
corpus is read as it is, as if it were the reference's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Proba
from models.emotion import N_QUADRANTS

_LEAST_SCALE = 1e-6

Names = NDArray[np.str_]
Offsets = Mapping[str, NDArray[np.float64]]
"""Corpus to what is added to log probabilities ``(n_quadrants,)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Level and scale of each corpus' features.

    Attributes:
        reference: The corpus that keeps its features as they are: the one with the most tracks.
        centre: Corpus to the mean of its features ``(n_features,)``.
        scale: Corpus to their standard deviation ``(n_features,)``; 1 where they do not vary.
    """

    reference: str
    centre: Mapping[str, NDArray[np.float64]]
    scale: Mapping[str, NDArray[np.float64]]

    def align(self, x: FloatMatrix, dataset: Names) -> FloatMatrix:
        """Return features on the reference's level and scale.

        Args:
            x: Features ``(n_tracks, n_features)``.
            dataset: The corpus of each track ``(n_tracks,)``; one that is not known stays.
        """
        aligned = np.array(x, np.float32)
        centre, scale = self.centre[self.reference], self.scale[self.reference]
        for name in set(self.centre) - {self.reference}:
            own = dataset == name
            z = (x[own] - self.centre[name]) / self.scale[name]
            aligned[own] = z * scale + centre
        return aligned


def fit_frames(x: FloatMatrix, dataset: Names) -> Frames:
    """Return the level and scale of each corpus; labels play no part.

    Args:
        x: Features ``(n_tracks, n_features)``.
        dataset: The corpus of each track ``(n_tracks,)``.
    """
    names, counts = np.unique(dataset, return_counts=True)
    parts = {str(name): x[dataset == name].astype(np.float64) for name in names}
    spread = {name: part.std(axis=0) for name, part in parts.items()}
    return Frames(
        reference=str(names[counts.argmax()]),
        centre={name: part.mean(axis=0) for name, part in parts.items()},
        scale={name: np.where(sd > _LEAST_SCALE, sd, 1.0) for name, sd in spread.items()},
    )


def balanced_weights(y: IntVector, dataset: Names, most: float) -> NDArray[np.float64]:
    """Return a weight for each track under which a corpus' quadrants count alike.

    Args:
        y: Class indices ``(n_tracks,)``.
        dataset: The corpus of each track ``(n_tracks,)``.
        most: No track weighs more: a quadrant of a dozen tracks stays a dozen tracks.
    """
    weights = np.ones(len(y))
    for name in np.unique(dataset):
        own = dataset == name
        counts = np.bincount(y[own], minlength=N_QUADRANTS)
        weights[own] = np.minimum(own.sum() / (N_QUADRANTS * np.maximum(counts, 1)), most)[y[own]]
    return weights


def with_offsets(proba: Proba, dataset: Names, offsets: Offsets) -> Proba:
    """Return distributions as those of tracks whose corpus is known.

    Args:
        proba: Shape ``(n_tracks, n_quadrants)``.
        dataset: The corpus of each track ``(n_tracks,)``; one without an offset stays.
        offsets: Of the corpora.
    """
    added = np.zeros_like(proba)
    for name, offset in offsets.items():
        added[dataset == name] = offset
    odds = proba * np.exp(added)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def strata(y: IntVector, dataset: Names) -> IntVector:
    """Return a number for each corpus and quadrant, to spread over folds ``(n_tracks,)``."""
    return np.asarray(np.unique(dataset, return_inverse=True)[1] * N_QUADRANTS + y)
