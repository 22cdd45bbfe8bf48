"""Exact scores: how well single tracks fit what is looked for.

Every number is computed by itself, in one order of operations: a track's score is the same to the
last bit whichever tracks are scored beside it, so that a page can continue after a score.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from models.arrays import FloatMatrix, IntVector, Proba
from models.emotion import N_QUADRANTS, Quadrant
from models.ranking.linear_form import Doubles, Linear

AT_ONCE = 2_048
"""Rows that are held in double precision at a time."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the plane, in [-1, 1] on both axes."""

    valence: float
    arousal: float


Target: TypeAlias = Quadrant | Point
"""What is looked for: tracks in a quadrant, or tracks near a point."""


def scores(proba: Proba, linear: Linear, target: Target) -> Doubles:
    """Return how well tracks fit, the best highest ``(n_tracks,)``.

    For a quadrant its probability; for a point minus the distance at which the listener's answer
    is expected from it: the root of ``E|y - p|^2``, in valence and arousal. A track of which
    little is known is expected further off than one that is surely there.

    Args:
        proba: The listener's distributions ``(n_tracks, n_quadrants)``.
        linear: The listener.
        target: What is looked for.
    """
    if isinstance(target, Quadrant):
        return np.array(proba[:, target.index])
    return -np.sqrt((proba * square_distances(linear, target)).T.sum(axis=0))


def square_distances(linear: Linear, point: Point) -> Doubles:
    """Return the expected squared distance of an answer in each quadrant ``(n_quadrants,)``."""
    away = linear.centres - [point.valence, point.arousal]
    return np.asarray((away**2).sum(axis=1) + (linear.within**2).sum())


def proba_at(rows: FloatMatrix, linear: Linear, places: IntVector) -> Proba:
    """Return a listener's distributions at some rows, in double precision ``(k, n_quadrants)``.

    Args:
        rows: All sketches ``(n_tracks, n_columns)``.
        linear: The listener.
        places: Which rows ``(k,)``.
    """
    found = np.empty((len(places), N_QUADRANTS))
    for start in range(0, len(places), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        found[part] = _softmax(_logits_at(rows, linear, places[part]))
    return found


def _logits_at(rows: FloatMatrix, linear: Linear, places: IntVector) -> Doubles:
    """Return logits ``(k, n_quadrants)``: sums over the first axis are made row after row."""
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
