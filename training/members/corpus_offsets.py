"""Corrections for each corpus: scales of features, weights of quadrants, offsets of predictions.

Corpora differ in recording, encoding and labelling. Training aligns the features of each corpus to
one of them, the reference. Tracks of unknown corpora are not aligned, as if they were of the
reference.
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
"""Corpus to summands of log probabilities ``(n_quadrants,)``."""


@dataclass(frozen=True, slots=True, eq=False)
class CorpusScales:
    """Level and scale of each corpus' features.

    Attributes:
        reference: The corpus whose features are not changed: the one with the most tracks.
        centre: Corpus to the mean of its features ``(n_features,)``.
        scale: Corpus to their standard deviation ``(n_features,)``; 1 where they do not vary.
    """

    reference: str
    centre: Mapping[str, NDArray[np.float64]]
    scale: Mapping[str, NDArray[np.float64]]

    def align(self, x: FloatMatrix, dataset: Names) -> FloatMatrix:
        """Return features with the reference's level and scale.

        Args:
            x: Features ``(n_tracks, n_features)``.
            dataset: The corpus of each track ``(n_tracks,)``; unknown ones are not changed.
        """
        aligned = np.array(x, np.float32)
        centre, scale = self.centre[self.reference], self.scale[self.reference]
        for name in set(self.centre) - {self.reference}:
            own = dataset == name
            z = (x[own] - self.centre[name]) / self.scale[name]
            aligned[own] = z * scale + centre
        return aligned


def fit_corpus_scales(x: FloatMatrix, dataset: Names) -> CorpusScales:
    """Return the level and scale of each corpus' features.

    Args:
        x: Features ``(n_tracks, n_features)``.
        dataset: The corpus of each track ``(n_tracks,)``.
    """
    names, counts = np.unique(dataset, return_counts=True)
    parts = {str(name): x[dataset == name].astype(np.float64) for name in names}
    spread = {name: part.std(axis=0) for name, part in parts.items()}
    return CorpusScales(
        reference=str(names[counts.argmax()]),
        centre={name: part.mean(axis=0) for name, part in parts.items()},
        scale={name: np.where(sd > _LEAST_SCALE, sd, 1.0) for name, sd in spread.items()},
    )


def balanced_weights(y: IntVector, dataset: Names, most: float) -> NDArray[np.float64]:
    """Return track weights that balance the quadrants of each corpus.

    Args:
        y: Class indices ``(n_tracks,)``.
        dataset: The corpus of each track ``(n_tracks,)``.
        most: Largest weight, so that a dozen tracks do not dominate.
    """
    weights = np.ones(len(y))
    for name in np.unique(dataset):
        own = dataset == name
        counts = np.bincount(y[own], minlength=N_QUADRANTS)
        weights[own] = np.minimum(own.sum() / (N_QUADRANTS * np.maximum(counts, 1)), most)[y[own]]
    return weights


def with_offsets(proba: Proba, dataset: Names, offsets: Offsets) -> Proba:
    """Add the corpora's offsets to the log of distributions.

    Args:
        proba: Shape ``(n_tracks, n_quadrants)``.
        dataset: The corpus of each track ``(n_tracks,)``; ones without an offset are unchanged.
        offsets: The corpora's offsets.
    """
    added = np.zeros_like(proba)
    for name, offset in offsets.items():
        added[dataset == name] = offset
    odds = proba * np.exp(added)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def strata(y: IntVector, dataset: Names) -> IntVector:
    """Return the stratum of each track, by corpus and quadrant ``(n_tracks,)``."""
    return np.asarray(np.unique(dataset, return_inverse=True)[1] * N_QUADRANTS + y)
