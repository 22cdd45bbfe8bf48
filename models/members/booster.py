"""Boosted trees: read xgboost's files and evaluate them without xgboost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix
from models.emotion import N_QUADRANTS
from models.jit.loops import compiled
from models.members import ubjson

Singles = NDArray[np.float32]
Integers = NDArray[np.int64]
_ROWS_AT_ONCE = 64


class _Forest(NamedTuple):
    """Arrays of all trees; node indices run through all trees.

    Attributes:
        roots: First node of each tree ``(n_trees,)``.
        depths: Depth of each tree in splits ``(n_trees,)``.
        quadrants: Index of the quadrant that each tree adds to ``(n_trees,)``.
        children: Left and right child; a leaf's children are itself ``(n_nodes, 2)``.
        feature: Feature of a split ``(n_nodes,)``.
        threshold: Values below go left; a leaf's entry is its addition to the margin
            ``(n_nodes,)``.
        is_left_default: 1 where missing values go left ``(n_nodes,)``.
    """

    roots: Integers
    depths: Integers
    quadrants: Integers
    children: Integers
    feature: Integers
    threshold: Singles
    is_left_default: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Booster:
    """The trees of one fold, whose sums are the quadrants' margins.

    Attributes:
        content: xgboost's file in UBJSON.
        n_features: Number of input features.
        base: Initial margins ``(n_quadrants,)``.
        forest: The trees.
    """

    content: bytes
    n_features: int
    base: Singles
    forest: _Forest

    @classmethod
    def from_ubj(cls, content: bytes) -> Self:
        """Read the output of ``xgboost.Booster.save_raw("ubj")``.

        Raises:
            KeyError: A field is missing.
            ValueError: It is not UBJSON, or does not hold numerical trees for four classes.
        """
        learner = ubjson.loads(content)["learner"]
        parameters, model = learner["learner_model_param"], learner["gradient_booster"]["model"]
        if int(parameters["num_class"]) != N_QUADRANTS:
            raise ValueError("The trees have other classes than the four quadrants.")
        n_features = int(parameters["num_feature"])
        forest = _forest(model["trees"], np.array(model["tree_info"], np.int64), n_features)
        # One number for all quadrants, or a list of four.
        numbers = np.array(parameters["base_score"].strip("[]").split(","), np.float32)
        return cls(content, n_features, np.broadcast_to(numbers, N_QUADRANTS).copy(), forest)

    def margins(self, x: FloatMatrix) -> Singles:
        """Return margins ``(n_tracks, n_quadrants)``, bit for bit xgboost's; NaN is missing."""
        if x.shape[1] != self.n_features:
            raise ValueError(f"The trees read {self.n_features} features, not {x.shape[1]}.")
        total = np.tile(self.base, (len(x), 1))
        _add_up(np.asarray(x, np.float32), *self.forest, total)
        return total


def _forest(trees: Sequence[Any], quadrants: Integers, n_features: int) -> _Forest:
    sizes = [len(tree["left_children"]) for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    pairs = [_joined(trees, f"{side}_children") for side in ("left", "right")]
    children = np.stack(pairs, axis=1).astype(np.int64) + np.repeat(roots, sizes)[:, None]
    itself = np.arange(len(children))
    is_leaf = _joined(trees, "left_children") < 0
    children[is_leaf] = itself[is_leaf, None]
    feature = np.where(is_leaf, 0, _joined(trees, "split_indices")).astype(np.int64)
    # The compiled loop checks no bounds.
    if (
        len(quadrants) != len(trees)
        or not _are_below(N_QUADRANTS, quadrants)
        or not _are_below(n_features, feature)
        or not _are_below(len(children), children)
        or _joined(trees, "split_type").any()
    ):
        raise ValueError("These are not numerical trees for the four quadrants.")
    return _Forest(
        roots,
        _depths(roots, children),
        quadrants,
        children,
        feature,
        _joined(trees, "split_conditions").astype(np.float32),
        _joined(trees, "default_left").astype(np.uint8),
    )


def _joined(trees: Sequence[Any], name: str) -> NDArray[Any]:
    return np.concatenate([tree[name] for tree in trees])


def _are_below(end: int, places: Integers) -> bool:
    return bool(((places >= 0) & (places < end)).all())


def _depths(roots: Integers, children: Integers) -> Integers:
    """Return the depth of each tree in splits ``(n_trees,)``."""
    depths = np.zeros(len(roots), np.int64)
    nodes, trees = roots, np.arange(len(roots))
    for depth in range(1, len(children) + 1):
        is_split = children[nodes, 0] != nodes
        nodes, trees = children[nodes[is_split]].ravel(), np.repeat(trees[is_split], 2)
        if not len(nodes):
            return depths
        if len(nodes) > len(children):
            break
        depths[trees] = depth
    raise ValueError("The trees have a cycle: a node is its own descendant.")


@compiled(
    "void(Array(float32, 2, 'A', readonly=True), int64[::1], int64[::1], int64[::1],"
    " int64[:, ::1], int64[::1], float32[::1], uint8[::1], float32[:, ::1])"
)
def _add_up(  # noqa: PLR0913, PLR0917
    x: Singles,
    roots: Integers,
    depths: Integers,
    quadrants: Integers,
    children: Integers,
    feature: Integers,
    threshold: Singles,
    is_left_default: NDArray[np.uint8],
    total: Singles,
) -> None:
    """Add each tree's leaf to the margins, tree by tree: single numbers add up in that order."""
    for first in range(0, len(x), _ROWS_AT_ONCE):  # a block that fits the CPU cache
        for tree in range(len(roots)):
            for row in range(first, min(first + _ROWS_AT_ONCE, len(x))):
                node = roots[tree]
                # Branch-free, because the branches would be mispredicted half of the time.
                for _ in range(depths[tree]):
                    value = x[row, feature[node]]
                    goes_left = np.uint8(value < threshold[node])
                    goes_left |= np.uint8(np.isnan(value)) & is_left_default[node]
                    node = children[node, 1 - goes_left]
                total[row, quadrants[tree]] += threshold[node]
