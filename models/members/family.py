"""Protocols of member families: one algorithm, a member for each fold."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits


class Family(Protocol):
    """Members that share an algorithm and differ in their training fold.

    Families take unscaled features; each fold standardises them by its own training tracks.
    """

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return uncalibrated logits ``(n_folds, n_tracks, n_quadrants)``.

        Args:
            x: Features ``(n_tracks, n_features)``.
        """
        ...


class Delta(Protocol):
    """One user's change of a family; it requires its parent."""

    def logits(self, x: FloatMatrix, parent: MemberLogits) -> MemberLogits:
        """Return personal logits ``(n_folds, n_tracks, n_quadrants)``.

        Args:
            x: Features ``(n_tracks, n_features)``.
            parent: The parent's uncalibrated logits of these tracks.
        """
        ...

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return all fields to store."""
        ...


@runtime_checkable
class LearningFamily(Family, Protocol):
    """A family that learns from a user's labels."""

    def learn(self, x: FloatMatrix, y: IntVector, parent: MemberLogits) -> Delta:
        """Fit a delta to labels, independently of their order.

        Args:
            x: Features of the labelled tracks, at least one ``(n_tracks, n_features)``.
            y: Class indices of the labels ``(n_tracks,)``.
            parent: This family's uncalibrated logits of these tracks.
        """
        ...

    def delta(self, arrays: Mapping[str, NDArray[np.generic]]) -> Delta:
        """Restore a stored delta, bit for bit."""
        ...
