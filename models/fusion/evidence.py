"""What a fusion is given, and what every fusion can do."""

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
    """What each present modality says of the same tracks.

    Attributes:
        proba: Modality to its calibrated distributions ``(n_tracks, n_quadrants)``.
        features: Modality to its features ``(n_tracks, n_features)``; only early fusion looks at
            them. None where an earlier snapshot judged the tracks.

    Raises:
        NoEvidenceError: No modality is there.
    """

    proba: Mapping[Modality, Proba]
    features: Mapping[Modality, FloatMatrix]

    def __post_init__(self) -> None:
        if not self.proba:
            raise NoEvidenceError("There is neither audio nor lyrics to fuse.")

    def present(self) -> list[Modality]:
        """Return the modalities that say something, audio first."""
        return [modality for modality in Modality if modality in self.proba]

    def require(self, modalities: frozenset[Modality], fusion: str) -> None:
        """Refuse to go on without these modalities.

        Raises:
            MissingModalityError: One of them is not there.
        """
        for modality in Modality:
            if modality in modalities and modality not in self.proba:
                raise MissingModalityError(
                    f"The fusion {fusion} needs {modality}, which the track lacks."
                )

    def require_features(self, modalities: frozenset[Modality], fusion: str) -> None:
        """Refuse to go on without the features of these modalities.

        Raises:
            MissingFeaturesError: Those of one are not there.
        """
        for modality in Modality:
            if modality in modalities and modality not in self.features:
                raise MissingFeaturesError(
                    f"The fusion {fusion} needs features of {modality} that this snapshot reads, "
                    "and the track's were made for an earlier one: hear the track again with "
                    "`python -m service reembed`, or register it again."
                )


class Fusion(Protocol):
    """Makes one distribution of several.

    A fusion that does not require both modalities answers the present one's distribution when the
    other is missing, unless it says otherwise.
    """

    @property
    def requires(self) -> frozenset[Modality]:
        """The modalities it cannot do without."""
        ...

    def fuse(self, evidence: Evidence) -> Proba:
        """Return distributions ``(n_tracks, n_quadrants)``.

        Raises:
            MissingModalityError: A required modality is not there.
        """
        ...

    def to_arrays(self) -> Arrays:
        """Return all that defines the fusion, as named arrays."""
        ...


def log_proba(proba: Proba) -> Proba:
    """Return the logarithm of distributions, none taken as less than one in a million."""
    return np.log(np.maximum(proba, _LEAST_PROBA))
