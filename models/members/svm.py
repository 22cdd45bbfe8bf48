"""Support vector machines with a radial basis kernel; they do not learn from a listener."""

from dataclasses import dataclass

import numpy as np

from models.arrays import MemberLogits
from models.members.family import FoldFeatures
from models.svm import RbfSvm


@dataclass(frozen=True, slots=True, eq=False)
class RbfSvms:
    """One machine a fold; its logits are its decision values."""

    machines: tuple[RbfSvm, ...]

    def logits(self, z: FoldFeatures) -> MemberLogits:
        """Return decision values ``(n_folds, n_tracks, n_quadrants)``."""
        return np.stack(
            [machine.scores(fold) for machine, fold in zip(self.machines, z, strict=True)]
        )
