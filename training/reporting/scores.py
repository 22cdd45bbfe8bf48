"""Weighted F1 of many predictions at once, from confusion matrices."""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector
from models.emotion import N_QUADRANTS

Floats: TypeAlias = NDArray[np.float64]

PARTS = ("all", "warm", "cold")
"""All test tracks, and the two parts of them."""
SCORED = ("single models", "consensus")
"""Scores of an algorithm: the mean F1 of its single models, as in the paper, and the F1 of their
mean distribution, which is served."""
SINGLE, CONSENSUS = range(len(SCORED))


def confusions(y: IntVector, is_cold: NDArray[np.bool_], answered: IntVector) -> NDArray[np.int64]:
    """Return the confusion matrices of many predictions, in every part of the tracks.

    Args:
        y: Labels of the test tracks ``(n_test,)``.
        is_cold: Whether each is a cold track ``(n_test,)``.
        answered: Predicted class indices ``(..., n_test)``.

    Returns:
        Counts ``(n_parts, ..., n_quadrants, n_quadrants)``: rows are labels, columns answers.
    """
    lead = answered.shape[:-1]
    n_lead = math.prod(lead)
    series = is_cold * n_lead + np.arange(n_lead)[:, None]
    cell = (series * N_QUADRANTS + y) * N_QUADRANTS + answered.reshape(n_lead, -1)
    counts = np.bincount(cell.ravel(), minlength=2 * n_lead * N_QUADRANTS**2)
    halves = counts.reshape(2, *lead, N_QUADRANTS, N_QUADRANTS)
    return np.concatenate([halves.sum(axis=0, keepdims=True), halves])


def weighted_f1(counts: NDArray[np.int64]) -> Floats:
    """Return the mean F1 of the quadrants, weighted by their numbers of labels.

    Args:
        counts: Confusion matrices ``(..., n_quadrants, n_quadrants)``.

    Returns:
        Shape ``(...)``; NaN if there is no track.
    """
    hit = np.diagonal(counts, axis1=-2, axis2=-1)
    true, answers = counts.sum(axis=-1), counts.sum(axis=-2)
    f1 = 2.0 * hit / np.maximum(true + answers, 1)
    n_tracks = true.sum(axis=-1)
    return np.where(n_tracks > 0, (true * f1).sum(axis=-1) / np.maximum(n_tracks, 1), np.nan)


def slopes(curves: Floats, n_labels: Floats | IntVector) -> Floats:
    """Return the least-squares slope on the number of labels along the last axis.

    The two arrays must broadcast together.

    >>> float(slopes(np.array([0.2, 0.3, 0.4]), np.array([0, 10, 20])))
    0.01
    """
    centred = n_labels - n_labels.mean(axis=-1, keepdims=True)
    spread = (centred**2).sum(axis=-1)
    return np.asarray((curves * centred).sum(axis=-1) / np.maximum(spread, 1.0))


def known_mean(values: Floats, axis: int = 0) -> Floats:
    """Return the mean of the values that are not NaN; NaN if there are none.

    >>> known_mean(np.array([[1.0, np.nan], [2.0, np.nan]]))
    array([1.5, nan])
    """
    is_known = ~np.isnan(values)
    n_known = is_known.sum(axis=axis)
    total = np.where(is_known, values, 0.0).sum(axis=axis)
    return np.where(n_known > 0, total / np.maximum(n_known, 1), np.nan)
