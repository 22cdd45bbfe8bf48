"""The ``committee-newest`` algorithm: each batch of answers updates the result of those before.

It forgets: each batch is regularised towards the result of the batches before, not towards the
shared members, and older answers are not read again.
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
"""Leaves are rounded to multiples of 1/1024, which changes a margin by some thousandths."""


def learn_newest(
    family: LearningFamily, x: FloatMatrix, y: IntVector, parent: MemberLogits, batch: IntVector
) -> Delta:
    """Return the result of all batches as one delta on a family's shared members.

    Args:
        family: The shared members.
        x: Features of the answered tracks, at least one ``(n_tracks, n_features)``.
        y: Quadrant index of each answer ``(n_tracks,)``.
        parent: The family's uncalibrated logits of these tracks.
        batch: Batch of each answer, learnt in ascending order ``(n_tracks,)``.
    """
    step = STEPS[type(family)](family, parent)
    for number in np.unique(batch):
        step.update(x, y, np.flatnonzero(batch <= number), np.flatnonzero(batch == number))
    delta = family.delta(step.arrays)
    return condensed(delta) if isinstance(delta, XgbDelta) else delta


def condensed(trees: XgbDelta) -> XgbDelta:
    """Return fewer trees with the same margins, up to some thousandths.

    Trees with equal splits become one, and trees that add nothing are dropped. Uncondensed, the
    trees of ten batches would exceed the 64 KiB of a stored model.
    """
    n_folds = len(trees.leaf)
    splits = np.concatenate([trees.feature, trees.threshold], axis=2)
    of_each = [  # fold and quadrant
        _merged(splits[fold, turn::N_QUADRANTS], trees.leaf[fold, turn::N_QUADRANTS])
        for fold in range(n_folds)
        for turn in range(N_QUADRANTS)
    ]
    n_rounds = max(len(rows) for rows in of_each)
    rows = np.stack([_padded(rows, n_rounds) for rows in of_each])
    by_turn = rows.reshape(n_folds, N_QUADRANTS, n_rounds, _N_NUMBERS).swapaxes(1, 2)
    one_by_one = by_turn.reshape(n_folds, n_rounds * N_QUADRANTS, _N_NUMBERS)
    feature, threshold, leaf = np.split(one_by_one, [N_SPLITS, 2 * N_SPLITS], axis=2)
    return XgbDelta(
        feature.astype(np.int16), np.ascontiguousarray(threshold), np.ascontiguousarray(leaf)
    )


def _merged(splits: Singles, leaf: Singles) -> Singles:
    """Return the distinct trees of one fold and quadrant with non-zero leaves, a row for each.

    Args:
        splits: Features, then thresholds ``(n_trees, 6)``.
        leaf: Values of the leaves ``(n_trees, 4)``.
    """
    distinct, place = np.unique(splits, axis=0, return_inverse=True)
    total = np.zeros((len(distinct), N_LEAVES))
    np.add.at(total, place.reshape(-1), leaf)
    rounded = (np.round(total * _GRID) / _GRID).astype(np.float32)
    return np.hstack([distinct, rounded])[rounded.any(axis=1)]


def _padded(rows: Singles, n_rows: int) -> Singles:
    """Return ``n_rows`` rows, the last of them trees without splits and with leaves of 0."""
    nothing = np.repeat(_NOTHING, [N_SPLITS, N_SPLITS, N_LEAVES])
    return np.vstack([rows, np.tile(nothing, (n_rows - len(rows), 1))])
