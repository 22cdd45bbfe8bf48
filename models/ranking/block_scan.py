"""The block scan: linear forms of all rows in single precision, by several threads.

OpenBLAS multiplies a small block of rows by few columns of weights in one thread, and faster than
the transposed product. Sums have seven digits; :func:`~models.ranking.scores.proba_at` computes
single rows in double precision.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector
from models.ranking.linear_form import Doubles, Linear

BLOCK = 8_192
"""Rows at a time; their temporary arrays fit a thread's cache."""
ALONE = 32_768
"""Number of rows up to which one thread is faster than several."""
N_THREADS = 2


@dataclass(frozen=True, slots=True, eq=False)
class LinearForms:
    """Linear forms over track features, in single precision.

    Attributes:
        weight: Shape ``(n_columns, n_forms)``.
        offset: Shape ``(n_forms, 1)``.
        places: Rows with a correction, distinct and ascending ``(k,)``.
        change: Their corrections ``(n_forms, k)``.
    """

    weight: FloatMatrix
    offset: FloatMatrix
    places: IntVector
    change: FloatMatrix

    @classmethod
    def of(cls, linear: Linear, contrasts: Doubles) -> Self:
        """Return combinations of a listener's logits.

        Args:
            linear: The listener's linear form.
            contrasts: Coefficients of the logits in each form ``(n_quadrants, n_forms)``.
        """
        weight, offset, change = (
            (part @ contrasts).astype(np.float32)
            for part in (linear.weight, linear.offset, linear.change)
        )
        return cls(weight, offset[:, None], linear.places, change.T)

    def values(self, rows: FloatMatrix, start: int, n_rows: int = BLOCK) -> FloatMatrix:
        """Return the values ``(n_forms, n_rows)`` at the block of rows from ``start`` on."""
        product = rows[start : start + n_rows] @ self.weight
        values = np.add(product.T, self.offset, order="C")
        first, last = np.searchsorted(self.places, [start, start + n_rows])
        values[:, self.places[first:last] - start] += self.change[:, first:last]
        return values

    def proba(self, rows: FloatMatrix, start: int, n_rows: int = BLOCK) -> NDArray[Any]:
        """Return the softmax of the values ``(n_rows, n_forms)``; each column is contiguous."""
        values = self.values(rows, start, n_rows)
        values -= values.max(axis=0)
        np.exp(values, out=values)
        values /= values.sum(axis=0)
        return values.T


def run_blocks(work: Callable[[int], None], n_rows: int, n_threads: int) -> None:
    """Call ``work`` with the first row of every block; all calls share the process's threads."""
    starts = iter(range(0, n_rows, BLOCK))

    def take() -> None:
        for start in starts:  # the threads take blocks from one iterator
            work(start)

    if n_threads == 1 or n_rows <= ALONE:
        take()
        return
    for future in [_threads(n_threads).submit(take) for _ in range(n_threads)]:
        future.result()


@cache
def _threads(n_threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_threads, thread_name_prefix="ranking")


if hasattr(os, "register_at_fork"):  # a forked process does not inherit threads
    os.register_at_fork(after_in_child=_threads.cache_clear)
