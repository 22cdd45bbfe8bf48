"""The distribution of the more confident modality."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.emotion import Modality
from models.fusion.evidence import Arrays, Evidence


@dataclass(frozen=True, slots=True, eq=False)
class MostConfident:
    """Returns, for each track, the distribution of the modality with the highest confidence.

    Confidence is the probability of the likeliest quadrant, times the modality's precision for
    that quadrant; for plain maximum confidence all precisions are 1. Audio wins a tie.

    Attributes:
        precision: Shape ``(n_modalities, n_quadrants)``, audio first, in [0, 1].
    """

    precision: NDArray[np.float64]
    requires: ClassVar[frozenset[Modality]] = frozenset()

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the fusion that ``to_arrays`` wrote."""
        return cls(np.asarray(arrays["precision"], dtype=np.float64))

    def fuse(self, evidence: Evidence) -> Proba:
        precision = dict(zip(Modality, self.precision, strict=True))
        present = evidence.present()
        modality_proba = np.stack([evidence.proba[modality] for modality in present])
        modality_precision = np.stack([precision[modality] for modality in present])
        confidence = modality_proba.max(axis=2) * np.take_along_axis(
            modality_precision, modality_proba.argmax(axis=2), axis=1
        )
        return modality_proba[confidence.argmax(axis=0), np.arange(modality_proba.shape[1])]

    def to_arrays(self) -> Arrays:
        return {"precision": self.precision}
