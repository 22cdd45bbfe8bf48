"""What a family of members does: one algorithm, a member for each fold."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, MemberLogits

FoldFeatures = NDArray[np.float64]
"""Standardised features ``(n_folds, n_tracks, n_features)``."""


class Family(Protocol):
    """Members that share an algorithm and differ in the fold they were trained on."""

    def logits(self, z: FoldFeatures) -> MemberLogits:
        """Return uncalibrated logits ``(n_folds, n_tracks, n_quadrants)``."""
        ...


class Delta(Protocol):
    """What one listener's answers change in a family: small, and nothing without its parent."""

    def logits(self, z: FoldFeatures, parent: MemberLogits) -> MemberLogits:
        """Return the personal logits, given the parent's for the same tracks; both ``(n_folds, n_tracks, n_quadrants)``."""
        ...

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return all there is to store."""
        ...


class LearningFamily(Family, Protocol):
    """A family that learns from a listener."""

    def learn(self, z: FoldFeatures, y: IntVector, parent: MemberLogits) -> Delta:
        """Return the delta after these answers; their order does not matter.

        Args:
            z: The answered tracks, at least one.
            y: The quadrants answered ``(n_tracks,)``, as indices.
            parent: This family's own uncalibrated logits for them.
        """
        ...

    def delta(self, arrays: dict[str, NDArray[np.generic]]) -> Delta:
        """Return the delta that was stored as these arrays."""
        ...
