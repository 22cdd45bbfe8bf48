"""Stacking by a random forest, stored as arrays of nodes."""

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

    One table holds the nodes of all trees. A leaf is its own child, so that every track descends
    every tree in the same number of steps.

    Attributes:
        roots: Shape ``(n_trees,)``, the root of each tree.
        feature: Shape ``(n_nodes,)``, the column that the node compares.
        threshold: Shape ``(n_nodes,)``; values up to it go to the first child.
        children: Shape ``(n_nodes, 2)``.
        value: Shape ``(n_nodes, n_quadrants)``, the distribution at each node; rows sum to 1.
        depth: Number of steps from a root to the deepest leaf.
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
        """Return the fusion that ``to_arrays`` wrote."""
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
        x = side_by_side(evidence).astype(np.float32)  # the precision of scikit-learn
        track = np.arange(len(x))[:, None]
        node = np.broadcast_to(self.roots, (len(x), len(self.roots)))
        for _ in range(self.depth):
            is_above = x[track, self.feature[node]] > self.threshold[node]
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
