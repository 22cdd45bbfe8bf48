"""The pass: means and variances of all rows at once, each row read once.

Rows are taken `LANES` at a time and turned, so that one instruction works on many rows and nothing
as long as the catalogue is written but what is asked for. ``|x @ learnt|^2`` is ``|R x|^2`` for
the triangle ``R`` of a QR decomposition (Golub and Van Loan 2013, 5.2): half of the products.
Sums are single precision: seven digits; whoever needs a row exactly asks :func:`at_places`.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import numpy as np

from models.arrays import FloatMatrix, FloatVector, IntVector
from models.compiled import compiled
from models.ranking.linear import Doubles, Linear, Moments

SKETCH_SQUARE = 3
"""The column of a sketch that holds ``|phi|^2``."""
LANES = 64
BLOCK = 2_048
"""Rows whose means and variances a thread keeps at hand: they stay in its cache."""
ROWS_AT_ONCE = 32_768
"""Rows that a thread takes at a time."""
N_THREADS = 2
COLUMNS = 4
"""Columns that are taken at a time, which saves reading and writing what was summed so far."""
_TURNED = 8
LEAST_VARIANCE = np.float32(1e-9)  # rounding must not make one negative
MAPPED = "Array(float32, 2, 'C', readonly=True)"
FORM = "float32[::1], int64[::1], float32[::1], int64[::1], float32[:, ::1]"
"""Types of the fields of a `Form`."""


class Form(NamedTuple):
    """A listener's linear form as the kernel reads it: products of columns, two rows at a time.

    Attributes:
        constants: The constant variance, and what ``|phi|^2`` is multiplied by ``(2,)``.
        starts: The first group of columns that each pair of rows needs ``(n_pairs,)``.
        factors: Flat; of each pair the constants of its two rows, then what columns are multiplied
            by ``(n_groups, 2, COLUMNS)``. The first pair gives the means, the others the triangle.
        places: Rows of the catalogue that are corrected, ascending ``(k,)``.
        changes: What is added to both means and to the variance ``(k, 3)``.
    """

    constants: FloatVector
    starts: IntVector
    factors: FloatVector
    places: IntVector
    changes: FloatMatrix


def sweep(rows: FloatMatrix, linear: Linear, *, n_threads: int = N_THREADS) -> Moments:
    """Return what a listener expects of every row, in single precision.

    Args:
        rows: Sketches ``(n_tracks, n_columns)``; a memory map is read in its order, once.
        linear: The listener.
        n_threads: How many work on it.
    """
    form = form_of(linear)
    mean = np.empty((len(rows), 2), np.float32)
    variance = np.empty(len(rows), np.float32)

    def work(part: slice) -> None:
        _moments(rows, part.start, *form, mean[part], variance[part])

    share(work, parts_of(len(rows)), n_threads)
    return Moments(mean, variance)


def at_places(rows: FloatMatrix, linear: Linear, places: IntVector) -> Moments:
    """Return what a listener expects of some rows, in double precision.

    Args:
        rows: Sketches ``(n_tracks, n_columns)``.
        linear: The listener.
        places: Which rows ``(k,)``.
    """
    mean, variance = np.empty((len(places), 2)), np.empty(len(places))
    x = rows[places].astype(np.float64)
    weight, learnt = (np.ascontiguousarray(part) for part in (linear.weight.T, linear.learnt.T))
    constants = np.array([linear.variance, linear.taste])
    _exactly(x, weight, linear.offset, learnt, linear.learnt_offset, constants, mean, variance)
    if len(linear.places):
        at = np.minimum(np.searchsorted(linear.places, places), len(linear.places) - 1)
        is_told = linear.places[at] == places
        mean[is_told] += linear.shift[at[is_told]]
        variance[is_told] += linear.variance_change[at[is_told]]
    return Moments(mean, variance)


def parts_of(n_rows: int) -> list[slice]:
    """Return the stretches of rows that threads take in turn."""
    ends = [*range(ROWS_AT_ONCE, n_rows, ROWS_AT_ONCE), n_rows]
    return [slice(max(end - 1, 0) // ROWS_AT_ONCE * ROWS_AT_ONCE, end) for end in ends]


def share(work: Callable[[slice], None], parts: Sequence[slice], n_threads: int) -> None:
    """Do the work on every part; the threads are the process's own and shared by all calls."""
    if n_threads == 1 or len(parts) == 1:
        for part in parts:
            work(part)
        return
    for _ in _threads(n_threads).map(work, parts):
        pass


@cache
def _threads(n_threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_threads, thread_name_prefix="sweep")


if hasattr(os, "register_at_fork"):  # a forked process has none of its parent's threads
    os.register_at_fork(after_in_child=_threads.cache_clear)


def form_of(linear: Linear) -> Form:
    """Return a listener's linear form as the kernel reads it."""
    expected = np.concatenate([linear.weight, linear.offset[None]]).T
    told = np.concatenate([linear.learnt, linear.learnt_offset[None]])
    used = np.flatnonzero(told.any(axis=1))
    triangle = np.linalg.qr(told[used].T, mode="r") if len(used) else np.zeros((0, 0))
    n_columns, n_pairs = len(linear.learnt), 1 + -(-len(triangle) // 2)
    n_groups = -(-n_columns // COLUMNS)
    factors = np.zeros((2 * n_pairs, n_columns + 1))
    factors[:2] = expected
    factors[2 : 2 + len(triangle), used] = triangle
    padded = np.pad(factors[:, :-1], ((0, 0), (0, n_groups * COLUMNS - n_columns)))
    turned = padded.reshape(n_pairs, 2, n_groups, COLUMNS).swapaxes(1, 2).reshape(n_pairs, -1)
    constants = factors[:, -1].reshape(n_pairs, 2)
    starts = used[: len(triangle) : 2] // COLUMNS
    changes = np.concatenate([linear.shift, linear.variance_change[:, None]], axis=1)
    return Form(
        np.array([linear.variance, linear.taste], np.float32),
        np.concatenate([[0], starts]).astype(np.int64),
        np.concatenate([constants, turned], axis=1).astype(np.float32).ravel(),
        np.array(linear.places, np.int64),
        np.array(changes, np.float32, order="C"),
    )


@compiled(f"void({MAPPED}, int64, int64, float32[::1])")
def _turn(rows: FloatMatrix, first: int, count: int, tile: FloatVector) -> None:
    """Write up to `LANES` rows into a tile, each into a column."""
    n_turned = count // _TURNED * _TURNED
    for k in range(0, n_turned, _TURNED):
        for i in range(rows.shape[1]):
            for lane in range(_TURNED):
                tile[i * LANES + k + lane] = rows[first + k + lane, i]
    for lane in range(n_turned, count):
        for i in range(rows.shape[1]):
            tile[i * LANES + lane] = rows[first + lane, i]


@compiled(
    "void(int64[::1], float32[:, ::1], int64, float32[::1], float32[::1], float32[::1])",
)
def _correct(  # noqa: PLR0913, PLR0917
    places: IntVector,
    changes: FloatMatrix,
    begin: int,
    valence: FloatVector,
    arousal: FloatVector,
    variance: FloatVector,
) -> None:
    """Add what others' votes change of the rows from ``begin`` on."""
    for at in range(np.searchsorted(places, begin), len(places)):
        row = places[at] - begin
        if row >= len(variance):
            break
        valence[row] += changes[at, 0]
        arousal[row] += changes[at, 1]
        variance[row] += changes[at, 2]


@compiled(f"void({MAPPED}, int64, {FORM}, float32[::1], float32[::1], float32[::1])")
def measure(  # noqa: C901, PLR0913, PLR0915, PLR0917  # in parts it is slower by a third
    rows: FloatMatrix,
    begin: int,
    constants: FloatVector,
    starts: IntVector,
    factors: FloatVector,
    places: IntVector,
    changes: FloatMatrix,
    valence: FloatVector,
    arousal: FloatVector,
    variance: FloatVector,
) -> None:
    """Fill in means and variances of the rows from ``begin`` on, as many as there is room for.

    Of a form with the first of its pairs alone the variance is what it was before any answer.
    """
    n_columns = rows.shape[1]
    n_groups = (n_columns + COLUMNS - 1) // COLUMNS
    n_factors = 2 + n_groups * 2 * COLUMNS  # of a pair
    tile = np.zeros(n_groups * COLUMNS * LANES, np.float32)
    one, two = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    left = np.empty(LANES, np.float32)
    for done in range(0, len(variance), LANES):
        count = min(LANES, len(variance) - done)
        _turn(rows, begin + done, count, tile)
        for lane in range(LANES):
            left[lane] = constants[0] + constants[1] * tile[SKETCH_SQUARE * LANES + lane]
        for pair in range(len(starts)):
            first = pair * n_factors
            one[:], two[:] = 0.0, 0.0
            for group in range(n_groups):
                if group < starts[pair]:  # not in the range: the compiler must know its sign
                    continue
                f, t = first + 2 + group * 2 * COLUMNS, group * COLUMNS * LANES
                a, b, c, d = factors[f], factors[f + 1], factors[f + 2], factors[f + 3]
                e, g, h, j = factors[f + 4], factors[f + 5], factors[f + 6], factors[f + 7]
                for lane in range(LANES):
                    x, y = tile[t + lane], tile[t + LANES + lane]
                    u, v = tile[t + 2 * LANES + lane], tile[t + 3 * LANES + lane]
                    one[lane] += (a * x + b * y) + (c * u + d * v)
                    two[lane] += (e * x + g * y) + (h * u + j * v)
            x, y = factors[first], factors[first + 1]
            if pair == 0:
                for lane in range(count):
                    valence[done + lane] = one[lane] + x
                    arousal[done + lane] = two[lane] + y
            else:
                for lane in range(LANES):
                    a, b = one[lane] + x, two[lane] + y
                    left[lane] -= a * a + b * b
        variance[done : done + count] = left[:count]
    _correct(places, changes, begin, valence, arousal, variance)


@compiled(f"void({MAPPED}, int64, {FORM}, float32[:, ::1], float32[::1])")
def _moments(  # noqa: PLR0913, PLR0917
    rows: FloatMatrix,
    begin: int,
    constants: FloatVector,
    starts: IntVector,
    factors: FloatVector,
    places: IntVector,
    changes: FloatMatrix,
    mean: FloatMatrix,
    variance: FloatVector,
) -> None:
    """Fill in means and variances of the rows from ``begin`` on."""
    valence, arousal = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    for done in range(0, len(variance), BLOCK):
        n = min(BLOCK, len(variance) - done)
        first, right, up = begin + done, valence[:n], arousal[:n]
        left = variance[done : done + n]
        measure(rows, first, constants, starts, factors, places, changes, right, up, left)
        for row in range(n):
            mean[done + row, 0] = valence[row]
            mean[done + row, 1] = arousal[row]
            left[row] = max(left[row], LEAST_VARIANCE)


@compiled(
    "void(float64[:, ::1], float64[:, ::1], float64[::1], float64[:, ::1], float64[::1],"
    " float64[::1], float64[:, ::1], float64[::1])"
)
def _exactly(  # noqa: PLR0913, PLR0917
    x: Doubles,
    weight: Doubles,
    offset: Doubles,
    learnt: Doubles,
    learnt_offset: Doubles,
    constants: Doubles,
    mean: Doubles,
    variance: Doubles,
) -> None:
    """Fill in means and variances of rows, each by itself: sums must not depend on neighbours."""
    for row in range(len(x)):
        for axis in range(2):
            total = offset[axis]
            for i in range(x.shape[1]):
                total += x[row, i] * weight[axis, i]
            mean[row, axis] = total
        left = constants[0] + constants[1] * x[row, SKETCH_SQUARE]
        for direction in range(len(learnt)):
            total = learnt_offset[direction]
            for i in range(x.shape[1]):
                total += x[row, i] * learnt[direction, i]
            left -= total * total
        variance[row] = left
