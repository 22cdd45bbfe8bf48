"""What a family of members does: one algorithm, a member for each fold."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits


class Family(Protocol):
    """Members that share an algorithm and differ in the fold they were trained on.

    Each fold standardises features in its own way, learnt from its own training tracks; families
    take features as they are.
    """

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return uncalibrated logits ``(n_folds, n_tracks, n_quadrants)``.

        Args:
            x: Features ``(n_tracks, n_features)``.
        """
        ...


class Delta(Protocol):
    """What one listener's answers change in a family: small, and nothing without its parent."""

    def logits(self, x: FloatMatrix, parent: MemberLogits) -> MemberLogits:
        """Return personal logits ``(n_folds, n_tracks, n_quadrants)``.

        Args:
            x: Features ``(n_tracks, n_features)``.
            parent: The parent's own uncalibrated logits of them.
        """
        ...

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return all there is to store."""
        ...


@runtime_checkable
class LearningFamily(Family, Protocol):
    """A family that learns from a listener."""

    def learn(self, x: FloatMatrix, y: IntVector, parent: MemberLogits) -> Delta:
        """Return the delta after these answers; their order does not matter.

        Args:
            x: Features of the answered tracks, at least one ``(n_tracks, n_features)``.
            y: The quadrants answered, as indices ``(n_tracks,)``.
            parent: This family's own uncalibrated logits of them.
        """
        ...

    def delta(self, arrays: Mapping[str, NDArray[np.generic]]) -> Delta:
        """Return the delta that was stored as these arrays, bit for bit."""
        ...
