"""Weighted averages of the modalities' distributions."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.emotion import Modality
from models.fusion.evidence import Arrays, Evidence


@dataclass(frozen=True, slots=True, eq=False)
class Average:
    """The linear opinion pool: a weighted arithmetic mean (Stone, 1961).

    Attributes:
        weights: Shape ``(n_modalities,)``, audio first, above 0; only their ratio matters.
    """

    weights: NDArray[np.float64]
    requires: ClassVar[frozenset[Modality]] = frozenset()

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the fusion that ``to_arrays`` wrote."""
        return cls(np.asarray(arrays["weights"], dtype=np.float64))

    def fuse(self, evidence: Evidence) -> Proba:
        weights = dict(zip(Modality, self.weights, strict=True))
        present = evidence.present()
        weighted = sum(weights[modality] * evidence.proba[modality] for modality in present)
        return np.asarray(weighted / sum(weights[modality] for modality in present))

    def to_arrays(self) -> Arrays:
        return {"weights": self.weights}
