"""The input of a fusion, and the protocol of fusions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, Proba
from models.emotion import Modality
from models.errors import MissingFeaturesError, MissingModalityError, NoEvidenceError

Arrays: TypeAlias = Mapping[str, NDArray[np.generic]]
"""Named arrays from which a fusion can be rebuilt."""

BOTH = frozenset(Modality)
_LEAST_PROBA = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Distributions and features of the same tracks, by modality.

    Attributes:
        proba: Modality to its calibrated distributions ``(n_tracks, n_quadrants)``.
        features: Modality to its features ``(n_tracks, n_features)``; only early fusion reads
            them. Empty if an earlier snapshot predicted the tracks.

    Raises:
        NoEvidenceError: There is no modality.
    """

    proba: Mapping[Modality, Proba]
    features: Mapping[Modality, FloatMatrix]

    def __post_init__(self) -> None:
        if not self.proba:
            raise NoEvidenceError("There is neither audio nor lyrics to fuse.")

    def present(self) -> list[Modality]:
        """Return the modalities that are present, audio first."""
        return [modality for modality in Modality if modality in self.proba]

    def require(self, modalities: frozenset[Modality], fusion: str) -> None:
        """Require distributions of these modalities.

        Raises:
            MissingModalityError: A modality is missing.
        """
        for modality in Modality:
            if modality in modalities and modality not in self.proba:
                raise MissingModalityError(
                    f"The fusion {fusion} needs {modality}, which the track lacks."
                )

    def require_features(self, modalities: frozenset[Modality], fusion: str) -> None:
        """Require features of these modalities.

        Raises:
            MissingFeaturesError: The features of a modality are missing.
        """
        for modality in Modality:
            if modality in modalities and modality not in self.features:
                raise MissingFeaturesError(
                    f"The fusion {fusion} needs features of {modality} for this snapshot; the "
                    "track has features for an earlier one. Compute them again with "
                    "`python -m service reembed`, or register the track again."
                )


class Fusion(Protocol):
    """Combines the modalities' distributions into one.

    A fusion that does not require both modalities returns the present one's distribution if the
    other is missing, unless its docstring says otherwise.
    """

    @property
    def requires(self) -> frozenset[Modality]:
        """The modalities that must be present."""
        ...

    def fuse(self, evidence: Evidence) -> Proba:
        """Return distributions ``(n_tracks, n_quadrants)``.

        Raises:
            MissingModalityError: A required modality is missing.
        """
        ...

    def to_arrays(self) -> Arrays:
        """Return the parameters as named arrays."""
        ...


def log_proba(proba: Proba) -> Proba:
    """Return the logarithm of distributions, clipped below at one in a million."""
    return np.log(np.maximum(proba, _LEAST_PROBA))
