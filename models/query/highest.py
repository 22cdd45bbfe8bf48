"""The highest scores of a scan, without sorting or keeping the others."""

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Scores

Floats = NDArray[np.floating]


class Highest:
    """The places of the highest scores of a scan; ties are broken at random.

    Args:
        n: Number of places.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._places: list[IntVector] = []
        self._scores: list[Floats] = []
        self._least = -np.inf
        self._n_kept = 0
        self._n_compact = 0

    def add(self, start: int, scores: Floats) -> None:
        """Compare the scores of consecutive places; those of -inf are left out.

        Args:
            start: The first place, above all places before.
            scores: Shape ``(n_places,)``.
        """
        is_high = scores >= self._least if self._least > -np.inf else scores > -np.inf
        at = np.flatnonzero(is_high)
        if not len(at):
            return
        self._places.append(start + at)
        self._scores.append(scores[at])
        self._n_kept += len(at)
        if self._n_kept > 2 * max(self._n, self._n_compact):
            self._compact()

    def places(self, rng: np.random.Generator) -> IntVector:
        """Return the places, ascending ``(n or less,)``."""
        if not self._n_kept:
            return np.zeros(0, np.int64)
        places, scores = self._compact()
        return np.asarray(places[highest(scores, self._n, rng)])

    def ordered(self, rng: np.random.Generator) -> tuple[IntVector, Scores]:
        """Return the places and their scores, the highest first, each ``(n or less,)``."""
        if not self._n_kept:
            return np.zeros(0, np.int64), np.zeros(0)
        places, scores = self._compact()
        at = highest(scores, self._n, rng)
        # lexsort's last key leads: best score first, then the tie-breaker.
        at = at[np.lexsort((rng.random(len(at)), -scores[at]))]
        return places[at], scores[at].astype(np.float64)

    def _compact(self) -> tuple[IntVector, Floats]:
        """Keep the ``n`` highest scores and all that equal the lowest of them."""
        places, scores = np.concatenate(self._places), np.concatenate(self._scores)
        if len(scores) > self._n > 0:
            self._least = np.partition(scores, len(scores) - self._n)[len(scores) - self._n]
            is_kept = scores >= self._least
            places, scores = places[is_kept], scores[is_kept]
        self._places, self._scores = [places], [scores]
        self._n_kept = self._n_compact = len(places)
        return places, scores


def highest(scores: Floats, n: int, rng: np.random.Generator) -> IntVector:
    """Return the places of the ``n`` highest scores, ascending; ties are broken at random."""
    if len(scores) <= n:
        return np.arange(len(scores))
    if not n:
        return np.zeros(0, np.int64)
    least = np.partition(scores, len(scores) - n)[len(scores) - n]
    above = np.flatnonzero(scores > least)
    equal = np.flatnonzero(scores == least)
    return np.sort(np.concatenate([above, rng.choice(equal, n - len(above), replace=False)]))
