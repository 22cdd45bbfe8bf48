"""The committee of one modality: four algorithms, five folds each, and their consensus."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, MemberLogits, MemberProba, Proba
from models.emotion import softmax
from models.members import Family, LearningFamily
from models.members.family import FoldFeatures


@dataclass(frozen=True, slots=True, eq=False)
class Committee:
    """Shared pretrained members over one modality's features.

    Members are ordered by algorithm, then by fold.

    Attributes:
        mean: What each fold subtracts from the features ``(n_folds, n_features)``.
        scale: What each fold divides them by, above 0, like ``mean``.
        families: Algorithm to its members, one a fold.
        learners: Those of the families that learn from a listener.
        temperatures: Algorithm to what its logits are divided by (Guo et al., 2017).
        sharpness: Exponent of the consensus: a mean of calibrated distributions is less sure than it should be.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    families: Mapping[str, Family]
    learners: Mapping[str, LearningFamily]
    temperatures: Mapping[str, float]
    sharpness: float = 1.0

    @property
    def n_folds(self) -> int:
        """Members of each algorithm."""
        return len(self.mean)

    @property
    def n_features(self) -> int:
        """Length of a feature vector."""
        return self.mean.shape[1]

    def standardise(self, x: FloatMatrix) -> FoldFeatures:
        """Return features as each fold sees them ``(n_folds, n_tracks, n_features)``."""
        return (x[None] - self.mean[:, None]) / self.scale[:, None]

    def member_logits(self, x: FloatMatrix) -> MemberLogits:
        """Return calibrated logits ``(n_members, n_tracks, n_quadrants)`` of features ``(n_tracks, n_features)``."""
        z = self.standardise(x)
        return np.concatenate(
            [family.logits(z) / self.temperatures[name] for name, family in self.families.items()]
        )

    def rows(self, algorithm: str) -> slice:
        """Return where an algorithm's members stand on the first axis of member logits."""
        start = list(self.families).index(algorithm) * self.n_folds
        return slice(start, start + self.n_folds)

    def consensus(self, member_logits: MemberLogits) -> Proba:
        """Return what the members say together, ``(n_tracks, n_quadrants)``."""
        return sharpen(mean_proba(softmax(member_logits)), self.sharpness)


def mean_proba(member_proba: MemberProba) -> Proba:
    """Return the members' mean distribution: the paper's consensus, before it is calibrated."""
    return np.asarray(member_proba.mean(axis=0))


def sharpen(proba: Proba, exponent: float) -> Proba:
    """Return distributions raised to a power and renormalised: above 1 surer, below 1 less sure."""
    powered = proba**exponent
    return np.asarray(powered / powered.sum(axis=-1, keepdims=True))
