"""Top k: the few tracks of a catalogue that fit best, without sorting the others.

The pass screens: it computes each row's loss in single precision, off by no more than a small
factor, and keeps the rows that may still be among the best. Only these are scored exactly.
"""

from dataclasses import dataclass
from functools import partial
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, IntVector, Proba
from models.ranking.block_scan import N_THREADS, LinearForms, share
from models.ranking.linear_form import Doubles, Linear
from models.ranking.losses import LEAST, MOST, loss_for
from models.ranking.scores import Target, proba_at, scores

FACTOR, TIMES = 1.001, 500
"""By which factor a loss in single precision may be off. A pass that finds one further off is made
again with this power of the factor; the third power holds for all losses."""


@dataclass(frozen=True, slots=True, eq=False)
class TopkQuery:
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
class TopTracks:
    """Tracks, the best first; of equal scores the one in the lower row.

    Attributes:
        places: Their rows ``(k,)``.
        scores: As :func:`~models.ranking.scores.scores` gives them, exactly ``(k,)``.
        proba: In double precision ``(k, n_quadrants)``.
    """

    places: IntVector
    scores: Doubles
    proba: Proba


def topk(
    rows: FloatMatrix,
    linear: Linear,
    target: Target,
    topk_query: TopkQuery,
    *,
    n_threads: int = N_THREADS,
) -> TopTracks:
    """Return the rows that fit best.

    Below the score ``topk_query.after`` these are the ``topk_query.n`` best and all that equal the
    last of them; before them come all rows with exactly that score.
    Which of equals come first is thus left to the caller, who knows the tracks' names.
    """
    factor = FACTOR
    while True:
        row_filter = _Filter(linear, target, topk_query, factor)
        share(partial(row_filter.look, rows), len(rows), n_threads)
        found = row_filter.exactly(rows)
        if row_filter.was_right(found):
            return _cut(found, topk_query)
        factor **= TIMES


class _Filter:
    """Keeps the rows that may be among the best; several threads bring theirs.

    At least ``topk_query.n`` open rows surely come after ``topk_query.after`` and have the loss
    ``ceiling / factor^2`` or less on the screen, so ``ceiling / factor`` or less in truth. A row
    above the ceiling is worse.
    """

    def __init__(
        self, linear: Linear, target: Target, topk_query: TopkQuery, factor: float
    ) -> None:
        self._linear, self._target, self._wanted = linear, target, topk_query
        self._factor = factor
        self._loss = loss_for(linear, target)
        self._forms = LinearForms.of(linear, self._loss.contrasts)
        after = 0.0 if topk_query.after is None else float(self._exact_losses(topk_query.after))
        self._least, self._surely = after / factor, min(after * factor, MOST)
        self._ceiling = np.inf
        self._lock = Lock()
        self._places: IntVector = np.zeros(0, np.int64)
        self._losses: FloatVector = np.zeros(0, np.float32)

    def look(self, rows: FloatMatrix, start: int) -> None:
        """Keep what is good enough of the block of rows from ``start`` on."""
        with np.errstate(over="ignore", invalid="ignore"):
            losses = self._loss.of_rows(self._forms.values(rows, start))
            at = np.flatnonzero(~(losses > self._ceiling))  # what is no number is scored exactly
        if len(at):
            self._keep(start + at, np.clip(losses[at], LEAST, MOST))

    def exactly(self, rows: FloatMatrix) -> TopTracks:
        """Return the rows that were kept, in their order, with exact scores."""
        order = np.argsort(self._places)
        self._places, self._losses = self._places[order], self._losses[order]
        proba = proba_at(rows, self._linear, self._places)
        return TopTracks(self._places, scores(proba, self._linear, self._target), proba)

    def was_right(self, found: TopTracks) -> bool:
        """Return whether no row that was kept is off by more than the factor."""
        ratio = self._losses / self._exact_losses(found.scores)
        return not np.any((ratio > self._factor) | (ratio < 1.0 / self._factor))

    def _exact_losses(self, exact: Doubles | float) -> Doubles:
        return np.clip(self._loss.of_scores(np.asarray(exact)), LEAST, MOST)

    def _keep(self, places: IntVector, losses: FloatVector) -> None:
        is_kept = self._wanted.is_open[places] & ~(losses < self._least)
        with self._lock:
            self._places = np.concatenate([self._places, places[is_kept]])
            self._losses = np.concatenate([self._losses, losses[is_kept]])
            self._lower_ceiling()

    def _lower_ceiling(self) -> None:
        sure = self._losses[self._losses > self._surely]
        n = self._wanted.n
        if len(sure) < n:
            return
        ceiling = float(np.partition(sure, n - 1)[n - 1]) * self._factor**2
        self._ceiling = ceiling if ceiling < MOST else np.inf
        may_be = ~(self._losses > self._ceiling)
        self._places, self._losses = self._places[may_be], self._losses[may_be]


def _cut(found: TopTracks, topk_query: TopkQuery) -> TopTracks:
    after = np.inf if topk_query.after is None else topk_query.after
    below = found.scores[found.scores < after]
    last = -np.inf
    if len(below) > topk_query.n:
        last = np.partition(below, len(below) - topk_query.n)[len(below) - topk_query.n]
    kept = np.flatnonzero((found.scores <= after) & (found.scores >= last))
    kept = kept[np.argsort(-found.scores[kept], kind="stable")]
    return TopTracks(found.places[kept], found.scores[kept], found.proba[kept])
