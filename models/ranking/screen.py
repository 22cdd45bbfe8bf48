"""The best: the few tracks of a catalogue that fit best, without sorting the others.

The pass screens: it gives each row a score in single precision that is off by no more than a
little, and keeps those that may still be among the best. These few are then scored exactly.
"""

from dataclasses import dataclass
from functools import partial
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, IntVector
from models.emotion import Quadrant
from models.ranking.linear import Doubles, Linear, Moments
from models.ranking.scores import Target, scores
from models.ranking.sieve import STEPS, aim_at, most_taught, sift_all, sift_hopeful
from models.ranking.sweep import N_THREADS, at_places, form_of, parts_of, share

LEAST_SLACK, MOST_SLACK = 1e-3, 10.0
"""By how much a screened score may be off: of the log of a probability, of a squared distance. A
pass that finds one further off is made again with ten times as much."""
LEAST = 1e-300
"""Probabilities below this are not told apart by the screen."""
_MARGIN = 1e-2
_FEW = 0.25
"""Where more rows than this may be among the best, all are measured at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Which of the best are wanted.

    Attributes:
        n: How many; more come where scores are equal.
        is_open: Which rows are looked at ``(n_tracks,)``.
        after: Only tracks with this score or a lower one; None for the best of all.
    """

    n: int
    is_open: NDArray[np.bool_]
    after: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Tracks, the best first; of equal scores the one in the lower row.

    Attributes:
        places: Their rows ``(k,)``.
        scores: As :func:`~models.ranking.scores.scores` gives them, exactly ``(k,)``.
        moments: In double precision.
    """

    places: IntVector
    scores: Doubles
    moments: Moments


def best(
    rows: FloatMatrix,
    linear: Linear,
    target: Target,
    wanted: Wanted,
    *,
    n_threads: int = N_THREADS,
) -> Found:
    """Return the rows that fit best.

    Of those below the score ``wanted.after`` there are the ``wanted.n`` best and all that equal
    the last of them, if there are so many; and before them all rows that have that very score.
    Which of equals come first is thus left to the caller, who knows the tracks' names.
    """
    slack = LEAST_SLACK
    while True:
        screen = _Screen(linear, target, wanted, slack)
        share(partial(screen.look, rows), parts_of(len(rows)), n_threads)
        places = np.sort(screen.places)
        moments = at_places(rows, linear, places)
        found = Found(places, scores(moments, linear, target), moments)
        if screen.was_right(found) or slack >= MOST_SLACK:
            return _cut(found, wanted)
        slack *= 10.0


class _Screen:
    """Keeps the rows that may be among the best; several threads bring theirs.

    At least ``wanted.n`` rows are surely below ``after`` and have the score ``floor + 2 * slack``
    or more on the screen, so at least ``floor + slack`` in truth. A row under the floor is worse.
    """

    def __init__(self, linear: Linear, target: Target, wanted: Wanted, slack: float) -> None:
        self._form = form_of(linear)
        self._aim = aim_at(linear, target)
        self._wanted = wanted
        self._slack = slack
        self._is_quadrant = isinstance(target, Quadrant)
        self._most = most_taught(linear)
        self._is_selective = bool(np.isfinite(self._most)) and linear.learnt.shape[1] > 0
        after = np.inf if wanted.after is None else float(self._screened(np.array(wanted.after)))
        self._ceiling, self._surely = after + slack, after - slack
        self._floor = -np.inf
        self._lock = Lock()
        self.places: IntVector = np.zeros(0, np.int64)
        self._values: FloatVector = np.zeros(0, np.float32)

    def look(self, rows: FloatMatrix, part: slice) -> None:
        """Take in what a part of the rows holds."""
        n_rows = part.stop - part.start
        places, values = np.empty(n_rows, np.int64), np.empty(n_rows, np.float32)
        bounds = np.array([self._floor, self._ceiling, self._reach()], np.float32)
        asked = (rows, part.start, *self._form, *self._aim, self._wanted.is_open[part], bounds)
        if self._is_selective and self._floor > -np.inf:
            n_hopeful = np.zeros(1, np.int64)
            n = sift_hopeful(*asked, self._most, places, values, n_hopeful)
            self._is_selective = bool(n_hopeful[0] < _FEW * n_rows)
        else:
            n = sift_all(*asked, places, values)
        with self._lock:
            self.places = np.concatenate([self.places, places[:n]])
            self._values = np.concatenate([self._values, values[:n]])
            self._raise_floor()

    def was_right(self, found: Found) -> bool:
        """Whether no row of those kept, in the order of their places, is off by too much."""
        screened = self._values[np.argsort(self.places)]
        told = self._screened(found.scores)
        is_told = told > np.log(2.0 * LEAST)
        return bool(np.all(np.abs(screened - told)[is_told] <= self._slack))

    def _reach(self) -> float:
        """Return the mean, in standard deviations, that both axes must have for the floor."""
        if not self._is_quadrant:
            return -np.inf
        return float(np.interp(self._floor, self._aim.table, STEPS)) - _MARGIN

    def _screened(self, exact: Doubles) -> Doubles:
        """Return exact scores on the scale of the screen."""
        if self._is_quadrant:
            return np.asarray(np.log(np.maximum(exact, LEAST)))
        return np.asarray(-(exact**2))

    def _raise_floor(self) -> None:
        sure = self._values[self._values < self._surely]
        n = self._wanted.n
        if len(sure) < n:
            return
        self._floor = float(np.partition(sure, len(sure) - n)[len(sure) - n]) - 2.0 * self._slack
        may_be = self._values >= self._floor
        self.places, self._values = self.places[may_be], self._values[may_be]


def _cut(found: Found, wanted: Wanted) -> Found:
    after = np.inf if wanted.after is None else wanted.after
    below = found.scores[found.scores < after]
    last = -np.inf
    if len(below) > wanted.n:
        last = np.partition(below, len(below) - wanted.n)[len(below) - wanted.n]
    kept = np.flatnonzero((found.scores <= after) & (found.scores >= last))
    kept = kept[np.argsort(-found.scores[kept], kind="stable")]
    moments = Moments(found.moments.mean[kept], found.moments.variance[kept])
    return Found(found.places[kept], found.scores[kept], moments)
