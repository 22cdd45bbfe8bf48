"""Early fusion: one classifier on the features of both modalities."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from models.arrays import FloatMatrix, Proba
from models.emotion import Modality
from models.fusion.evidence import BOTH, Arrays, Evidence
from models.members.rbf_svm import RbfSvm
from models.score_calibration import ShiftedTemperature


@dataclass(frozen=True, slots=True, eq=False)
class EarlyFusion:
    """A support vector machine over the features of both modalities."""

    machine: RbfSvm
    calibration: ShiftedTemperature
    requires: ClassVar[frozenset[Modality]] = BOTH

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the fusion that ``to_arrays`` wrote."""
        temperature, *shift = np.asarray(arrays["calibration"], dtype=np.float64)
        calibration = ShiftedTemperature(float(temperature), np.array(shift))
        return cls(RbfSvm.from_arrays(arrays), calibration)

    def fuse(self, evidence: Evidence) -> Proba:
        evidence.require(BOTH, "early")
        evidence.require_features(BOTH, "early")
        return self.calibration.proba(self.machine.scores(concatenate(evidence)))

    def to_arrays(self) -> Arrays:
        return {
            **self.machine.to_arrays(),
            "calibration": np.r_[self.calibration.value, self.calibration.shift],
        }


def concatenate(evidence: Evidence) -> FloatMatrix:
    """Return both modalities' features side by side, audio first."""
    return np.hstack([evidence.features[modality] for modality in Modality])
