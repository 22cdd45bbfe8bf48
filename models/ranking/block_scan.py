"""The pass: linear forms of all rows in single precision, block by block, by several threads.

OpenBLAS multiplies a small block of rows by few columns of weights in one thread, and faster than
it does the transposed product. Sums are single precision, seven digits;
:func:`~models.ranking.scores.proba_at` gives rows exactly.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np

from models.arrays import FloatMatrix, IntVector
from models.emotion import N_QUADRANTS
from models.ranking.linear_form import Doubles, Linear

BLOCK = 8_192
"""Rows at a time: what a thread computes of them stays in its cache."""
ALONE = 32_768
"""Up to so many rows one thread is faster than several."""
N_THREADS = 2


@dataclass(frozen=True, slots=True, eq=False)
class LinearForms:
    """Linear forms over sketches, in single precision.

    Attributes:
        weight: Shape ``(n_columns, n_forms)``.
        offset: Shape ``(n_forms, 1)``.
        places: Rows that are changed, distinct and ascending ``(k,)``.
        change: Added to their values ``(n_forms, k)``.
    """

    weight: FloatMatrix
    offset: FloatMatrix
    places: IntVector
    change: FloatMatrix

    @classmethod
    def of(cls, linear: Linear, contrasts: Doubles) -> Self:
        """Return combinations of a listener's logits.

        Args:
            linear: The listener.
            contrasts: What each form takes of the logits ``(n_quadrants, n_forms)``.
        """
        weight, offset, change = (
            (part @ contrasts).astype(np.float32)
            for part in (linear.weight, linear.offset, linear.change)
        )
        return cls(weight, offset[:, None], linear.places, change.T)

    def values(self, rows: FloatMatrix, start: int) -> FloatMatrix:
        """Return the values ``(n_forms, n_rows)`` at the block of rows from ``start`` on."""
        product = rows[start : start + BLOCK] @ self.weight
        values = np.add(product.T, self.offset, order="C")
        first, last = np.searchsorted(self.places, [start, start + BLOCK])
        values[:, self.places[first:last] - start] += self.change[:, first:last]
        return values


def log_proba_all(rows: FloatMatrix, linear: Linear, *, n_threads: int = N_THREADS) -> FloatMatrix:
    """Return the log of a listener's distribution at every row ``(n_tracks, n_quadrants)``.

    Args:
        rows: Sketches ``(n_tracks, n_columns)``; a memory map is read in its order, once.
        linear: The listener.
        n_threads: How many work on it.
    """
    forms, found = (
        LinearForms.of(linear, np.eye(N_QUADRANTS)),
        np.empty((len(rows), N_QUADRANTS), np.float32),
    )

    def work(start: int) -> None:
        logits = forms.values(rows, start)
        logits -= logits.max(axis=0)
        logits -= np.log(np.exp(logits).sum(axis=0))
        found[start : start + BLOCK] = logits.T

    share(work, len(rows), n_threads)
    return found


def share(work: Callable[[int], None], n_rows: int, n_threads: int) -> None:
    """Do the work at the start of every block; all calls share the process's threads."""
    starts = iter(range(0, n_rows, BLOCK))

    def take() -> None:
        for start in starts:  # the threads take blocks from one iterator
            work(start)

    if n_threads == 1 or n_rows <= ALONE:
        take()
        return
    for each in [_threads(n_threads).submit(take) for _ in range(n_threads)]:
        each.result()


@cache
def _threads(n_threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_threads, thread_name_prefix="ranking")


if hasattr(os, "register_at_fork"):  # a forked process has none of its parent's threads
    os.register_at_fork(after_in_child=_threads.cache_clear)
