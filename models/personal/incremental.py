"""The committee's other way to learn: each batch of answers on top of those before.

It forgets: what a batch says is pulled back to what the batches before have left, not to the
shared parents, and nobody looks at the older answers again.
"""

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.emotion import N_QUADRANTS
from models.members import Delta, LearningFamily
from models.members.boosting import N_LEAVES, N_SPLITS
from models.members.incremental import STEPS
from models.members.xgb import XgbDelta

Singles = NDArray[np.float32]
_N_NUMBERS = 2 * N_SPLITS + N_LEAVES
_NOTHING = np.array([0, np.inf, 0], np.float32)
_GRID = 1024.0
"""Leaves are whole multiples of one in this: rounding moves a margin by some thousandths."""


def learn_newest(
    family: LearningFamily, x: FloatMatrix, y: IntVector, parent: MemberLogits, batch: IntVector
) -> Delta:
    """Return what the batches have left in a family, as one delta on its shared members.

    Args:
        family: The shared members.
        x: Features of the answered tracks, at least one ``(n_tracks, n_features)``.
        y: The quadrants answered, as indices ``(n_tracks,)``.
        parent: The family's own uncalibrated logits of them.
        batch: Which answers came together ``(n_tracks,)``; they are learnt in ascending order.
    """
    step = STEPS[type(family)](family, parent)
    for number in np.unique(batch):
        step.update(x, y, np.flatnonzero(batch <= number), np.flatnonzero(batch == number))
    delta = family.delta(step.arrays)
    return condensed(delta) if isinstance(delta, XgbDelta) else delta


def condensed(trees: XgbDelta) -> XgbDelta:
    """Return fewer trees that say the same, but for some thousandths of a margin.

    Rounds split alike time and again: trees with the same splits become one, and those that add
    nothing go. Every batch brings trees of its own: as they were grown, those of ten batches take
    as much room as all else that is stored of a listener, and 64 KiB would not hold both.
    """
    n_folds = len(trees.leaf)
    splits = np.concatenate([trees.feature, trees.threshold], axis=2)
    of_each = [  # fold and quadrant
        _merged(splits[fold, turn::N_QUADRANTS], trees.leaf[fold, turn::N_QUADRANTS])
        for fold in range(n_folds)
        for turn in range(N_QUADRANTS)
    ]
    n_rounds = max(len(rows) for rows in of_each)
    rows = np.stack([_filled_up(rows, n_rounds) for rows in of_each])
    by_turn = rows.reshape(n_folds, N_QUADRANTS, n_rounds, _N_NUMBERS).swapaxes(1, 2)
    one_by_one = by_turn.reshape(n_folds, n_rounds * N_QUADRANTS, _N_NUMBERS)
    feature, threshold, leaf = np.split(one_by_one, [N_SPLITS, 2 * N_SPLITS], axis=2)
    return XgbDelta(
        feature.astype(np.int16), np.ascontiguousarray(threshold), np.ascontiguousarray(leaf)
    )


def _merged(splits: Singles, leaf: Singles) -> Singles:
    """Return the distinct trees of one fold and quadrant that add something, a row for each.

    Args:
        splits: Features, then thresholds ``(n_trees, 6)``.
        leaf: What the leaves add ``(n_trees, 4)``.
    """
    distinct, place = np.unique(splits, axis=0, return_inverse=True)
    total = np.zeros((len(distinct), N_LEAVES))
    np.add.at(total, place.reshape(-1), leaf)
    rounded = (np.round(total * _GRID) / _GRID).astype(np.float32)
    return np.hstack([distinct, rounded])[rounded.any(axis=1)]


def _filled_up(rows: Singles, n_rows: int) -> Singles:
    """Return rows with trees below them that split nothing and add nothing."""
    nothing = np.repeat(_NOTHING, [N_SPLITS, N_SPLITS, N_LEAVES])
    return np.vstack([rows, np.tile(nothing, (n_rows - len(rows), 1))])
