"""Scores: how well a track whose moments are known fits what is looked for.

Every number is worked out by itself, in one order of operations: a track's score is the same to
the last bit whichever tracks are scored beside it, and a page can go on after a score.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.compiled import compiled
from models.emotion import SIGNS, Quadrant
from models.ranking.linear import Doubles, Linear, Moments

FURTHEST = 37.5
"""Standard deviations beyond which a mean counts as this far: the tail has mass 5e-308 there."""
_ROOT_2 = math.sqrt(2.0)


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the plane, in [-1, 1] on both axes."""

    valence: float
    arousal: float


Target: TypeAlias = Quadrant | Point
"""What is looked for: tracks in a quadrant, or tracks near a point."""


def sides(quadrant: Quadrant) -> NDArray[np.float64]:
    """Return on which side of valence and of arousal a quadrant lies, +1 or -1 ``(2,)``."""
    return SIGNS[quadrant.index]


def scores(moments: Moments, linear: Linear, target: Target) -> Doubles:
    """Return how well tracks fit, the best highest ``(n_tracks,)``.

    For a quadrant its probability; for a point minus the distance at which the listener's answer
    is to be expected from it: the root of ``E|y - p|^2``, in valence and arousal. A track of
    which little is known is expected further off than one that is surely there.
    """
    mean, variance = moments.mean.astype(np.float64), moments.variance.astype(np.float64)
    if isinstance(target, Quadrant):
        return quadrant_proba(moments, linear, target)
    found = np.empty(len(mean))
    _distances(mean, variance, linear.unit, np.array([target.valence, target.arousal]), found)
    return -found


def quadrant_proba(moments: Moments, linear: Linear, quadrant: Quadrant) -> Doubles:
    """Return the probability that the listener puts each track in a quadrant ``(n_tracks,)``."""
    mean, variance = moments.mean.astype(np.float64), moments.variance.astype(np.float64)
    found = np.empty(len(mean))
    _proba(mean, variance, sides(quadrant), linear.temperature, found)
    return found


def log_side(z: Doubles, temperature: float) -> Doubles:
    """Return the log of the probability of an axis' positive side, any shape.

    Args:
        z: Means in standard deviations.
        temperature: Of the probability.
    """
    flat = np.ascontiguousarray(z, np.float64).ravel()
    found = np.empty_like(flat)
    _log_sides(flat, temperature, found)
    return found.reshape(z.shape)


@compiled("float64(float64, float64)")
def _log_side(z: float, temperature: float) -> float:
    z = min(max(z, -FURTHEST), FURTHEST)
    # log Phi(z) - log Phi(-z): of the nearer tail nothing is lost, of the further one all is kept.
    far = math.log(0.5 * math.erfc(abs(z) / _ROOT_2))
    odds = math.log1p(-math.exp(far)) - far
    odds = (odds if z >= 0.0 else -odds) / temperature
    return -math.log1p(math.exp(-odds)) if odds >= 0.0 else odds - math.log1p(math.exp(odds))


@compiled("void(float64[::1], float64, float64[::1])")
def _log_sides(z: Doubles, temperature: float, found: Doubles) -> None:
    for place in range(len(z)):
        found[place] = _log_side(z[place], temperature)


@compiled("void(float64[:, ::1], float64[::1], float64[::1], float64, float64[::1])")
def _proba(
    mean: Doubles, variance: Doubles, side: Doubles, temperature: float, found: Doubles
) -> None:
    for place in range(len(mean)):
        steady = 1.0 / math.sqrt(variance[place])
        first = _log_side(side[0] * mean[place, 0] * steady, temperature)
        second = _log_side(side[1] * mean[place, 1] * steady, temperature)
        found[place] = math.exp(first) * math.exp(second)


@compiled("void(float64[:, ::1], float64[::1], float64[::1], float64[::1], float64[::1])")
def _distances(
    mean: Doubles, variance: Doubles, unit: Doubles, point: Doubles, found: Doubles
) -> None:
    for place in range(len(mean)):
        right = unit[0] * mean[place, 0] - point[0]
        up = unit[1] * mean[place, 1] - point[1]
        spread = (unit[0] * unit[0] + unit[1] * unit[1]) * variance[place]
        found[place] = math.sqrt(right * right + up * up + spread)
