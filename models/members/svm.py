"""Support vector machines with a radial basis kernel; they do not learn from a listener."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import FloatMatrix, MemberLogits
from models.members.rbf_svm import RbfSvm


@dataclass(frozen=True, slots=True, eq=False)
class RbfSvms:
    """One machine a fold; its logits are its decision values."""

    machines: Sequence[RbfSvm]

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return decision values."""
        return np.stack([machine.scores(x) for machine in self.machines])
