"""Boosting of small trees on a user's labels: xgboost's exact method for tens of rows.

On few rows, xgboost's set-up dominates its time. Here one pass over presorted rows tries every
split of every feature, for all folds in one call. The trees equal those of xgboost's
``tree_method="exact"`` (Chen & Guestrin, 2016, algorithm 1).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.emotion import N_QUADRANTS
from models.jit.loops import compiled

Singles = NDArray[np.float32]
N_SPLITS, N_LEAVES = 3, 4
"""Splits and leaves of a tree of depth two."""
_LEAST_GAIN = 1e-6  # xgboost's minimum, above rounding errors
_LEAST_CURVATURE = 1e-16


class Trees(NamedTuple):
    """Trees of depth two; consecutive trees belong to consecutive quadrants.

    An unused split tests feature 0 and sends every track left.

    Attributes:
        feature: Features of the root, its left and its right child ``(n_folds, n_trees, 3)``.
        threshold: Values below go left; same shape as ``feature``.
        leaf: Additions to the margin of the leaves, from left to right ``(n_folds, n_trees, 4)``.
    """

    feature: NDArray[np.int16]
    threshold: Singles
    leaf: Singles


class Penalties(NamedTuple):
    """Regularisation of trees.

    Attributes:
        learning_rate: Factor of each tree's leaves, in (0, 1].
        least_curvature: Minimum sum of second derivatives in a node (``min_child_weight``).
        shrinkage: Added to that sum when a leaf's value is computed (``lambda``).
    """

    learning_rate: float
    least_curvature: float = 1.0
    shrinkage: float = 1.0


def boost(
    x: FloatMatrix, y: IntVector, margin: MemberLogits, n_rounds: int, penalties: Penalties
) -> Trees:
    """Return a tree for each quadrant, round and fold, grown from given margins.

    Minimises the softmax log loss; gradient ``p - y``, curvature ``2 p (1 - p)``.

    Args:
        x: Features ``(n_tracks, n_features)``.
        y: Class indices ``(n_tracks,)``.
        margin: Initial margins ``(n_folds, n_tracks, n_quadrants)``.
        n_rounds: Trees a quadrant.
        penalties: Regularisation.
    """
    columns = np.ascontiguousarray(x.T, dtype=np.float32)
    ascending = np.argsort(columns, axis=1, kind="stable")
    shape = (len(margin), n_rounds * N_QUADRANTS)
    trees = Trees(
        np.zeros((*shape, N_SPLITS), np.int16),
        np.full((*shape, N_SPLITS), np.inf, np.float32),
        np.zeros((*shape, N_LEAVES), np.float32),
    )
    # In float32, as xgboost keeps margins between rounds.
    start = np.ascontiguousarray(margin.swapaxes(1, 2), np.float32)
    _boost(columns, ascending, np.asarray(y, np.int64), start, *trees, *penalties)
    return trees


def margins(trees: Trees, x: FloatMatrix) -> MemberLogits:
    """Return the trees' sums ``(n_folds, n_tracks, n_quadrants)``."""
    total = np.zeros((len(trees.feature), len(x), N_QUADRANTS))
    _add_up(np.asarray(x, np.float32), *trees, total)
    return total


@compiled(
    "void(float32[:, :], int16[:, :, ::1], float32[:, :, ::1], float32[:, :, ::1],"
    " float64[:, :, ::1])"
)
def _add_up(
    x: Singles, feature: NDArray[np.int16], threshold: Singles, leaf: Singles, total: MemberLogits
) -> None:
    for fold in range(len(feature)):
        for row in range(len(x)):
            for tree in range(feature.shape[1]):
                split, at = feature[fold, tree], threshold[fold, tree]
                side = 1 if x[row, split[0]] >= at[0] else 0
                place = 2 * side + (1 if x[row, split[1 + side]] >= at[1 + side] else 0)
                total[fold, row, tree % N_QUADRANTS] += leaf[fold, tree, place]


_SPLITS_OF_A_LEVEL = (
    "void(float32[:, ::1], int64[:, ::1], int64[::1], float32[::1], float32[::1],"
    " int16[::1], float32[::1], float64, float64)"
)


@compiled("void(float32[:, ::1], int64[::1], float32[:, ::1], float32[:, ::1])")
def _derive(margin: Singles, y: IntVector, gradient: Singles, curvature: Singles) -> None:
    """Fill in both derivatives of the log loss, all ``(n_quadrants, n_tracks)`` but the labels."""
    for row in range(margin.shape[1]):
        top = margin[:, row].max()
        total = np.float32(0.0)
        for k in range(N_QUADRANTS):
            gradient[k, row] = np.exp(margin[k, row] - top)
            total += gradient[k, row]
        for k in range(N_QUADRANTS):
            p = gradient[k, row] / total
            curvature[k, row] = max(2.0 * p * (1.0 - p), _LEAST_CURVATURE)
            gradient[k, row] = p - (1.0 if y[row] == k else 0.0)


@compiled(_SPLITS_OF_A_LEVEL)
def _split(  # noqa: PLR0913, PLR0917
    columns: Singles,
    ascending: IntVector,
    node: IntVector,
    g: Singles,
    h: Singles,
    feature: NDArray[np.int16],
    threshold: Singles,
    least: float,
    shrinkage: float,
) -> None:
    """Fill in the best split of each node of a level: every feature, between every two values."""
    n_nodes = len(feature)
    total_g, total_h, whole = np.zeros(n_nodes), np.zeros(n_nodes), np.zeros(n_nodes)
    right_g, right_h, last = np.zeros(n_nodes), np.zeros(n_nodes), np.zeros(n_nodes, np.float32)
    best = np.full(n_nodes, _LEAST_GAIN, np.float32)
    for row in range(len(node)):
        total_g[node[row]] += g[row]
        total_h[node[row]] += h[row]
    for n in range(n_nodes):
        whole[n] = total_g[n] ** 2 / (total_h[n] + shrinkage)
    for f in range(len(columns)):
        right_g[:] = 0.0
        right_h[:] = 0.0
        # Descending, as xgboost does: the first of equal gains wins.
        for place in range(len(node) - 1, -1, -1):
            row = ascending[f, place]
            n = node[row]
            value = columns[f, row]
            if right_h[n] >= least and right_h[n] > 0.0 and value != last[n]:
                left_g, left_h = total_g[n] - right_g[n], total_h[n] - right_h[n]
                if left_h >= least:
                    apart = left_g**2 / (left_h + shrinkage)
                    apart += right_g[n] ** 2 / (right_h[n] + shrinkage)
                    gain = np.float32(apart - whole[n])
                    if gain > best[n]:
                        best[n], feature[n] = gain, f
                        threshold[n] = (value + last[n]) * np.float32(0.5)
            right_g[n] += g[row]
            right_h[n] += h[row]
            last[n] = value


@compiled(
    "void(float32[:, ::1], int64[::1], float32[::1], float32[::1], int16[::1], float32[::1],"
    " float32[::1], float64, float64, float64)"
)
def _value(  # noqa: PLR0913, PLR0917
    columns: Singles,
    node: IntVector,
    g: Singles,
    h: Singles,
    feature: NDArray[np.int16],
    threshold: Singles,
    leaf: Singles,
    rate: float,
    least: float,
    shrinkage: float,
) -> None:
    """Move each row from its side of the root to its leaf, and fill in what the leaves add."""
    sum_g, sum_h = np.zeros(N_LEAVES), np.zeros(N_LEAVES)
    for row in range(len(node)):
        split = 1 + node[row]
        is_right = columns[feature[split], row] >= threshold[split]
        node[row] = 2 * node[row] + (1 if is_right else 0)
        sum_g[node[row]] += g[row]
        sum_h[node[row]] += h[row]
    for place in range(N_LEAVES):
        if sum_h[place] > 0.0 and sum_h[place] >= least:
            worth = -sum_g[place] / (sum_h[place] + shrinkage)
            leaf[place] = np.float32(worth) * np.float32(rate)


@compiled(
    "void(float32[:, ::1], int64[:, ::1], int64[::1], float32[:, :, ::1], int16[:, :, ::1],"
    " float32[:, :, ::1], float32[:, :, ::1], float64, float64, float64)"
)
def _boost(  # noqa: PLR0913, PLR0917
    columns: Singles,
    ascending: IntVector,
    y: IntVector,
    margin: Singles,
    feature: NDArray[np.int16],
    threshold: Singles,
    leaf: Singles,
    rate: float,
    least: float,
    shrinkage: float,
) -> None:
    """Fill in all trees; ``margin (n_folds, n_quadrants, n_tracks)`` is moved along."""
    gradient, curvature = np.empty(margin.shape[1:], np.float32), np.empty_like(margin[0])
    node = np.empty(len(y), np.int64)
    for fold in range(len(margin)):
        for tree in range(feature.shape[1]):
            k = tree % N_QUADRANTS
            if k == 0:  # all trees of a round start from the same margins
                _derive(margin[fold], y, gradient, curvature)
            g, h = gradient[k], curvature[k]
            split, at, add = feature[fold, tree], threshold[fold, tree], leaf[fold, tree]
            node[:] = 0
            _split(columns, ascending, node, g, h, split[:1], at[:1], least, shrinkage)
            if at[0] < np.inf:
                for row in range(len(y)):
                    node[row] = 1 if columns[split[0], row] >= at[0] else 0
                _split(columns, ascending, node, g, h, split[1:], at[1:], least, shrinkage)
            _value(columns, node, g, h, split, at, add, rate, least, shrinkage)
            for row in range(len(y)):
                margin[fold, k, row] += add[node[row]]
