"""Gradient-boosted trees, and a listener's own trees grown on top of the shared ones."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.emotion import N_QUADRANTS


@dataclass(frozen=True, slots=True, eq=False)
class BoostedTrees:
    """One booster a fold; its logits are its margins.

    Attributes:
        boosters: Shape ``(n_folds,)``.
        n_rounds: Trees a quadrant that a listener's answers may add.
        learning_rate: What each of them contributes.
    """

    boosters: Sequence[xgboost.Booster]
    n_rounds: int = 10
    learning_rate: float = 0.1

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return the boosters' margins."""
        return _margins(self.boosters, x)

    def learn(self, x: FloatMatrix, y: IntVector, parent: MemberLogits) -> "XgbDelta":
        """Return trees boosted on the parent's margin."""
        settings = {
            "objective": "multi:softprob",
            "num_class": N_QUADRANTS,
            "base_score": 0.0,
            "eta": self.learning_rate,
            "max_depth": 2,  # the arrays of a delta are made for it
            "tree_method": "exact",  # few rows: no histogram to build
            "nthread": 1,
        }
        answers = xgboost.DMatrix(x, label=y, nthread=1)
        grown = []
        for margin in parent:
            answers.set_base_margin(margin)
            grown.append(xgboost.train(settings, answers, num_boost_round=self.n_rounds))
        return _delta_of(grown)

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
        own = [self._margin(fold, x) for fold in range(len(self.feature))]
        return np.asarray(parent + np.stack(own))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the trees."""
        return {"feature": self.feature, "threshold": self.threshold, "leaf": self.leaf}

    def _margin(self, fold: int, x: FloatMatrix) -> NDArray[np.float64]:
        # Where each track would go at each split ``(n_tracks, n_trees, 3)``.
        goes_right = x[:, self.feature[fold]] >= self.threshold[fold]
        at_root, at_left, at_right = np.moveaxis(goes_right, 2, 0)
        place = 2 * at_root + np.where(at_root, at_right, at_left)
        added = self.leaf[fold][np.arange(place.shape[1]), place]
        by_round = added.astype(np.float64).reshape(len(x), -1, N_QUADRANTS)
        return np.asarray(by_round.sum(axis=1))


def load_booster(raw: bytes) -> xgboost.Booster:
    """Return a booster from xgboost's own binary format, set to one thread."""
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(raw))
    return booster


def _margins(boosters: Sequence[xgboost.Booster], x: FloatMatrix) -> MemberLogits:
    margins = [booster.inplace_predict(x, predict_type="margin") for booster in boosters]
    return np.stack(margins).astype(np.float64).reshape(len(boosters), len(x), N_QUADRANTS)


def _delta_of(boosters: Sequence[xgboost.Booster]) -> XgbDelta:
    folds = [[_splits(tree) for tree in _trees(booster)] for booster in boosters]
    feature, threshold, leaf = (
        np.array([[tree[part] for tree in fold] for fold in folds]) for part in range(3)
    )
    return XgbDelta(
        feature.astype(np.int16), threshold.astype(np.float32), leaf.astype(np.float32)
    )


def _trees(booster: xgboost.Booster) -> list[dict[str, Any]]:
    document = json.loads(booster.save_raw("json"))
    trees: list[dict[str, Any]] = document["learner"]["gradient_booster"]["model"]["trees"]
    return trees


def _splits(tree: dict[str, Any]) -> tuple[list[int], list[float], list[float]]:
    """Return a tree's features, thresholds and leaves in the order of :class:`XgbDelta`."""

    def split(node: int) -> tuple[int, float, int, int]:
        left, right = tree["left_children"][node], tree["right_children"][node]
        if left < 0:  # a leaf already: both ways lead to it
            return 0, np.inf, node, node
        return tree["split_indices"][node], tree["split_conditions"][node], left, right

    root = split(0)
    nodes = [root, split(root[2]), split(root[3])]
    # What xgboost calls the condition of a leaf is its value.
    leaves = [tree["split_conditions"][leaf] for node in nodes[1:] for leaf in node[2:]]
    return [node[0] for node in nodes], [node[1] for node in nodes], leaves
