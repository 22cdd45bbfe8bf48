"""Gradient-boosted trees, and a user's trees grown on top of the shared ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.members.booster import Booster
from models.members.boosting import Penalties, Trees, boost, margins


@dataclass(frozen=True, slots=True, eq=False)
class BoostedTrees:
    """One booster a fold; the logits are the margins.

    Attributes:
        boosters: Shape ``(n_folds,)``.
        n_rounds: Trees a quadrant in a user's delta.
        learning_rate: Learning rate of those trees.
    """

    boosters: Sequence[Booster]
    n_rounds: int = 10
    learning_rate: float = 0.1

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return the boosters' margins."""
        margins = [booster.margins(x) for booster in self.boosters]
        return np.stack(margins).astype(np.float64)

    def learn(self, x: FloatMatrix, y: IntVector, parent: MemberLogits) -> "XgbDelta":
        """Fit trees to a user's labels, starting from the parent's margins."""
        penalties = Penalties(self.learning_rate)
        return XgbDelta(*boost(x, y, parent, self.n_rounds, penalties))

    def delta(self, arrays: Mapping[str, NDArray[np.generic]]) -> "XgbDelta":
        """Restore a stored delta."""
        return XgbDelta(
            feature=arrays["feature"].astype(np.int16),
            threshold=arrays["threshold"].astype(np.float32),
            leaf=arrays["leaf"].astype(np.float32),
        )


@dataclass(frozen=True, slots=True, eq=False)
class XgbDelta:
    """A user's trees, which correct the parent's margins.

    The fields are those of `Trees`. Stored as arrays they take a fifth of xgboost's format.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    leaf: NDArray[np.float32]

    def logits(self, x: FloatMatrix, parent: MemberLogits) -> MemberLogits:
        """Return the parent's margins plus those of the user's trees."""
        return np.asarray(parent + margins(Trees(self.feature, self.threshold, self.leaf), x))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the trees."""
        return {"feature": self.feature, "threshold": self.threshold, "leaf": self.leaf}
