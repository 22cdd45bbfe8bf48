"""The sieve: the part of the pass that scores rows and keeps those that are good enough."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, IntVector
from models.compiled import compiled
from models.emotion import Quadrant
from models.ranking.linear import Linear
from models.ranking.scores import FURTHEST, Target, log_side, sides
from models.ranking.sweep import BLOCK, FORM, LEAST_VARIANCE, MAPPED, SKETCH_SQUARE, measure

N_STEPS = 8192
STEPS = np.linspace(-FURTHEST, FURTHEST, N_STEPS)
"""Means in standard deviations at which the log of an axis' probability is tabled."""
_OPEN = "Array(boolean, 1, 'C', readonly=True)"
_NOWHERE = np.zeros(2, np.float32)


class Aim(NamedTuple):
    """A target as the kernel reads it.

    Attributes:
        table: For a quadrant the log of an axis' probability at `N_STEPS` means in standard
            deviations, evenly from ``-FURTHEST`` to ``FURTHEST``; empty for a point.
        scale: Sides of the quadrant, or units of the axes ``(2,)``.
        point: Shape ``(2,)``.
    """

    table: FloatVector
    scale: FloatVector
    point: FloatVector


def aim_at(linear: Linear, target: Target) -> Aim:
    """Return a target as the kernel reads it."""
    if isinstance(target, Quadrant):
        table = log_side(STEPS, linear.temperature).astype(np.float32)
        return Aim(table, sides(target).astype(np.float32), _NOWHERE)
    point = np.array([target.valence, target.arousal], np.float32)
    return Aim(np.zeros(0, np.float32), np.array(linear.unit, np.float32), point)


def most_taught(linear: Linear) -> float:
    """Return by how much, at most, answers lower the variance of a track with ``|phi|^2`` 0.

    At others it is at most ``1 + |phi|^2`` times as much: ``|A^T x|^2 <= s^2 |x|^2``, with ``s``
    the largest singular value. Infinite where answers have taught something of other columns.
    """
    if not linear.learnt.size:
        return 0.0
    if linear.learnt[: SKETCH_SQUARE + 1].any():
        return float("inf")
    told = np.concatenate([linear.learnt, linear.learnt_offset[None]])
    return 1.001 * float(np.linalg.norm(told, 2)) ** 2


@compiled("void(float32[::1], float32[::1], float32[::1])")
def _look_up(table: FloatVector, z: FloatVector, total: FloatVector) -> None:
    """Add the table's values at means in standard deviations, between its entries on a line."""
    per_step = np.float32((N_STEPS - 1) / (2.0 * FURTHEST))
    for row in range(len(z)):
        at = (z[row] + np.float32(FURTHEST)) * per_step
        at = at if at >= np.float32(0.0) else np.float32(0.0)
        at = at if at <= np.float32(N_STEPS - 1.001) else np.float32(N_STEPS - 1.001)
        left = np.uint32(at)
        low, high = table[left], table[left + np.uint32(1)]
        # What is no number stays none.
        total[row] += low + (at - np.float32(left)) * (high - low) + np.float32(0.0) * z[row]


@compiled(
    "void(float32[::1], float32[::1], float32[::1], float32[::1], float32[::1], float32[::1],"
    " float32[::1])"
)
def _score(  # noqa: PLR0913, PLR0917
    table: FloatVector,
    scale: FloatVector,
    point: FloatVector,
    valence: FloatVector,
    arousal: FloatVector,
    variance: FloatVector,
    found: FloatVector,
) -> None:
    """Fill in scores on the scale of the screen."""
    if not len(table):
        spread = scale[0] * scale[0] + scale[1] * scale[1]
        for row in range(len(found)):
            away, off = scale[0] * valence[row] - point[0], scale[1] * arousal[row] - point[1]
            found[row] = -(away * away + off * off + spread * variance[row])
        return
    z = np.empty(len(found), np.float32)
    found[:] = 0.0
    for axis in range(2):
        mean, side = (valence, scale[0]) if axis == 0 else (arousal, scale[1])
        for row in range(len(found)):
            z[row] = np.divide(side * mean[row], np.sqrt(variance[row]))
        _look_up(table, z, found)


@compiled(
    "int64(float32[::1], float32[::1], float32[::1], float32[::1], float32[::1], float32[::1],"
    " float32[::1], int64[::1])"
)
def _hopeful(  # noqa: PLR0913, PLR0917
    scale: FloatVector,
    point: FloatVector,
    bounds: FloatVector,
    valence: FloatVector,
    arousal: FloatVector,
    variance: FloatVector,
    least: FloatVector,
    kept: IntVector,
) -> int:
    """Fill in which rows may reach the floor with the least variance, and return how many.

    A quadrant is no likelier than the less likely of its sides.
    """
    score = np.empty(len(least), np.float32)
    if bounds[2] > -np.inf:
        for row in range(len(least)):
            # Of a mean on the right side less variance is better, of one on the wrong side more.
            low, high = np.sqrt(least[row]), np.sqrt(variance[row])
            x, y = scale[0] * valence[row], scale[1] * arousal[row]
            first = max(np.divide(x, low), np.divide(x, high))
            score[row] = min(first, max(np.divide(y, low), np.divide(y, high)))
        floor = bounds[2]
    else:
        _score(score[:0], scale, point, valence, arousal, least, score)
        floor = bounds[0]
    n = 0
    for row in range(len(least)):
        kept[n] = row
        n += 1 if score[row] >= floor else 0
    return n


@compiled(
    f"int64({MAPPED}, int64, {FORM}, float32[::1], float32[::1], float32[::1], {_OPEN},"
    " float32[::1], int64[::1], float32[::1])"
)
def sift_all(  # noqa: PLR0913, PLR0917
    rows: FloatMatrix,
    begin: int,
    constants: FloatVector,
    starts: IntVector,
    factors: FloatVector,
    told: IntVector,
    changes: FloatMatrix,
    table: FloatVector,
    scale: FloatVector,
    point: FloatVector,
    is_open: NDArray[np.bool_],
    bounds: FloatVector,
    places: IntVector,
    values: FloatVector,
) -> int:
    """Fill in the open rows between the bounds, and return how many they are."""
    found, score = np.empty((3, BLOCK), np.float32), np.empty(BLOCK, np.float32)
    n = 0
    for done in range(0, len(is_open), BLOCK):
        count, first = min(BLOCK, len(is_open) - done), begin + done
        v, a, s = found[0, :count], found[1, :count], found[2, :count]
        measure(rows, first, constants, starts, factors, told, changes, v, a, s)
        for row in range(count):
            s[row] = max(s[row], LEAST_VARIANCE)
        _score(table, scale, point, v, a, s, score[:count])
        for row in range(count):
            if bounds[0] <= score[row] <= bounds[1] and is_open[done + row]:
                places[n], values[n] = first + row, score[row]
                n += 1
    return n


@compiled(
    f"int64({MAPPED}, int64, {FORM}, float32[::1], float32[::1], float32[::1], {_OPEN},"
    " float32[::1], float32, int64[::1], float32[::1], int64[::1])"
)
def sift_hopeful(  # noqa: PLR0913, PLR0917
    rows: FloatMatrix,
    begin: int,
    constants: FloatVector,
    starts: IntVector,
    factors: FloatVector,
    told: IntVector,
    changes: FloatMatrix,
    table: FloatVector,
    scale: FloatVector,
    point: FloatVector,
    is_open: NDArray[np.bool_],
    bounds: FloatVector,
    most: float,
    places: IntVector,
    values: FloatVector,
    n_hopeful: IntVector,
) -> int:
    """Do the same, with the variances of those rows alone that may reach the lower bound.

    Answers lower a variance by ``most * (1 + |phi|^2)`` at most.
    """
    n_columns = rows.shape[1]
    found, taught = np.empty((3, BLOCK), np.float32), np.empty((3, BLOCK), np.float32)
    kept, gathered = np.empty(BLOCK, np.int64), np.empty((BLOCK, n_columns), np.float32)
    score, least = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    nothing, nowhere = np.zeros(2, np.float32), np.zeros(0, np.int64)
    n = 0
    for done in range(0, len(is_open), BLOCK):
        count, first = min(BLOCK, len(is_open) - done), begin + done
        v, a, s = found[0, :count], found[1, :count], found[2, :count]
        measure(rows, first, constants, starts[:1], factors, told, changes, v, a, s)
        for row in range(count):
            known = most * (np.float32(1.0) + rows[first + row, SKETCH_SQUARE])
            least[row] = max(s[row] - known, LEAST_VARIANCE)
        m = _hopeful(scale, point, bounds, v, a, s, least[:count], kept)
        for at in range(m):
            for i in range(n_columns):
                gathered[at, i] = rows[first + kept[at], i]
        n_hopeful[0] += m
        x, y, t = taught[0, :m], taught[1, :m], taught[2, :m]
        measure(gathered, 0, nothing, starts, factors, nowhere, changes, x, y, t)
        for at in range(m):
            x[at], y[at] = v[kept[at]], a[kept[at]]
            t[at] = max(s[kept[at]] + t[at], LEAST_VARIANCE)
        _score(table, scale, point, x, y, t, score[:m])
        for at in range(m):
            if bounds[0] <= score[at] <= bounds[1] and is_open[done + kept[at]]:
                places[n], values[n] = first + kept[at], score[at]
                n += 1
    return n
