"""Exact scores of single tracks for a target.

A track's score has the same bits whichever tracks are scored with it, because every number is
computed separately and in one order of operations. A page of results can thus continue after a
score.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from models.arrays import FloatMatrix, IntVector, Proba
from models.emotion import N_QUADRANTS, Quadrant
from models.ranking.linear_form import Doubles, Linear

AT_ONCE = 2_048
"""Rows converted to double precision at a time."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the plane, in [-1, 1] on both axes."""

    valence: float
    arousal: float


Target: TypeAlias = Quadrant | Point
"""Target of a search: a quadrant, or the neighbourhood of a point."""


def scores(proba: Proba, linear: Linear, target: Target) -> Doubles:
    """Return the tracks' scores, the best highest ``(n_tracks,)``.

    The score for a quadrant is its probability. The score for a point is minus the root of the
    expected squared distance ``E|y - p|^2`` of the listener's answer in valence and arousal, which
    also penalises uncertainty.

    Args:
        proba: The listener's distributions ``(n_tracks, n_quadrants)``.
        linear: The listener's linear form.
        target: A quadrant or a point.
    """
    if isinstance(target, Quadrant):
        return np.array(proba[:, target.index])
    return -np.sqrt((proba * square_distances(linear, target)).T.sum(axis=0))


def square_distances(linear: Linear, point: Point) -> Doubles:
    """Return the expected squared distance of an answer in each quadrant ``(n_quadrants,)``."""
    difference = linear.centres - [point.valence, point.arousal]
    return np.asarray((difference**2).sum(axis=1) + (linear.within**2).sum())


def proba_at(rows: FloatMatrix, linear: Linear, places: IntVector) -> Proba:
    """Return a listener's distributions of some rows, in double precision ``(k, n_quadrants)``.

    Args:
        rows: All track features ``(n_tracks, n_columns)``.
        linear: The listener's linear form.
        places: The rows ``(k,)``.
    """
    proba = np.empty((len(places), N_QUADRANTS))
    for start in range(0, len(places), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        proba[part] = _softmax(_logits_at(rows, linear, places[part]))
    return proba


def _logits_at(rows: FloatMatrix, linear: Linear, places: IntVector) -> Doubles:
    """Return logits ``(k, n_quadrants)``, summed over the first axis in the order of its rows."""
    x = rows[places].T.astype(np.float64)
    logits = (x[:, :, None] * linear.weight[:, None, :]).sum(axis=0) + linear.offset
    if len(linear.places):
        at = np.minimum(np.searchsorted(linear.places, places), len(linear.places) - 1)
        is_changed = linear.places[at] == places
        logits[is_changed] += linear.change[at[is_changed]]
    return np.asarray(logits)


def _softmax(logits: Doubles) -> Proba:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.T.sum(axis=0)[:, None])
