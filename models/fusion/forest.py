"""Stacking by a random forest, kept as arrays of nodes."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.emotion import Modality
from models.fusion.evidence import BOTH, Arrays, Evidence
from models.fusion.stacking import side_by_side


@dataclass(frozen=True, slots=True, eq=False)
class RandomForest:
    """The mean of many decision trees over both modalities' distributions (Breiman, 2001).

    All trees' nodes lie in one table. A leaf is its own child, so that every track can be walked
    down every tree by the same number of steps, all at once.

    Attributes:
        roots: Shape ``(n_trees,)``, the node each tree begins at.
        feature: Shape ``(n_nodes,)``, the column of the two distributions that a node looks at.
        threshold: Shape ``(n_nodes,)``; at most this goes to the first child.
        children: Shape ``(n_nodes, 2)``.
        value: Shape ``(n_nodes, n_quadrants)``, the distribution at each node; rows sum to 1.
        depth: Steps from a root to the deepest leaf.
    """

    roots: NDArray[np.int32]
    feature: NDArray[np.int8]
    threshold: NDArray[np.float64]
    children: NDArray[np.int32]
    value: NDArray[np.float64]
    depth: int
    requires: ClassVar[frozenset[Modality]] = BOTH

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Rebuild what ``to_arrays`` wrote."""
        return cls(
            roots=np.asarray(arrays["roots"], dtype=np.int32),
            feature=np.asarray(arrays["feature"], dtype=np.int8),
            threshold=np.asarray(arrays["threshold"], dtype=np.float64),
            children=np.asarray(arrays["children"], dtype=np.int32),
            value=np.asarray(arrays["value"], dtype=np.float64),
            depth=int(np.asarray(arrays["depth"], dtype=np.int64)),
        )

    def fuse(self, evidence: Evidence) -> Proba:
        evidence.require(BOTH, "random_forest")
        seen = side_by_side(evidence).astype(np.float32)  # as scikit-learn compares
        track = np.arange(len(seen))[:, None]
        node = np.broadcast_to(self.roots, (len(seen), len(self.roots)))
        for _ in range(self.depth):
            is_above = seen[track, self.feature[node]] > self.threshold[node]
            node = self.children[node, is_above.astype(np.int8)]
        return self.value[node].mean(axis=1)

    def to_arrays(self) -> Arrays:
        return {
            "roots": self.roots,
            "feature": self.feature,
            "threshold": self.threshold,
            "children": self.children,
            "value": self.value,
            "depth": np.array(self.depth),
        }
