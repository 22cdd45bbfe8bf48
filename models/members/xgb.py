"""Gradient-boosted trees, and a listener's own trees grown on top of the shared ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.members.booster import Booster
from models.members.boosting import Penalties, Trees, boost, margins


@dataclass(frozen=True, slots=True, eq=False)
class BoostedTrees:
    """One booster a fold; its logits are its margins.

    Attributes:
        boosters: Shape ``(n_folds,)``.
        n_rounds: Trees a quadrant that a listener's answers may add.
        learning_rate: What each of them contributes.
    """

    boosters: Sequence[Booster]
    n_rounds: int = 10
    learning_rate: float = 0.1

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return the boosters' margins."""
        margins = [booster.margins(x) for booster in self.boosters]
        return np.stack(margins).astype(np.float64)

    def learn(self, x: FloatMatrix, y: IntVector, parent: MemberLogits) -> "XgbDelta":
        """Return trees boosted on the parent's margin."""
        penalties = Penalties(self.learning_rate)
        return XgbDelta(*boost(x, y, parent, self.n_rounds, penalties))

    def delta(self, arrays: Mapping[str, NDArray[np.generic]]) -> "XgbDelta":
        """Return the delta that was stored as these arrays."""
        return XgbDelta(
            feature=arrays["feature"].astype(np.int16),
            threshold=arrays["threshold"].astype(np.float32),
            leaf=arrays["leaf"].astype(np.float32),
        )


@dataclass(frozen=True, slots=True, eq=False)
class XgbDelta:
    """A listener's own trees; they correct the parent's margins.

    All are two splits deep: a split that was not made sends every track left. Stored as arrays
    they take a fifth of what they do in xgboost's format.

    Attributes:
        feature: What the root, its left and its right child look at, ``(n_folds, n_trees, 3)``;
            trees for each of the quadrants take turns.
        threshold: Left is below it; like ``feature``.
        leaf: What the leaves, from left to right, add to the margin ``(n_folds, n_trees, 4)``.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    leaf: NDArray[np.float32]

    def logits(self, x: FloatMatrix, parent: MemberLogits) -> MemberLogits:
        """Return the parent's margins plus those of the listener's trees."""
        return np.asarray(parent + margins(Trees(self.feature, self.threshold, self.leaf), x))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the trees."""
        return {"feature": self.feature, "threshold": self.threshold, "leaf": self.leaf}
