"""The best k tracks of a catalogue, without sorting the others.

A filter scans all rows: it computes each row's loss in single precision, with a bounded relative
error, and keeps the rows that may be among the best. Only these are scored exactly.
"""

from dataclasses import dataclass
from functools import partial
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, IntVector, Proba
from models.ranking.block_scan import N_THREADS, LinearForms, run_blocks
from models.ranking.linear_form import Doubles, Linear
from models.ranking.losses import LEAST, MOST, loss_for
from models.ranking.scores import Target, proba_at, scores

FACTOR, TIMES = 1.001, 500
"""Assumed bound of the relative error of a loss. If a scan finds a larger error, it is repeated
with this power of the factor; the third power covers all losses."""


@dataclass(frozen=True, slots=True, eq=False)
class TopkQuery:
    """The part of the ranking to return.

    Attributes:
        n: Number of tracks; more if scores are equal.
        is_open: Rows to rank ``(n_tracks,)``.
        after: Highest score to return; None for no bound.
    """

    n: int
    is_open: NDArray[np.bool_]
    after: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TopTracks:
    """Tracks, the best first; the lower row first among equal scores.

    Attributes:
        places: Their rows ``(k,)``.
        scores: Exact scores, as of :func:`~models.ranking.scores.scores` ``(k,)``.
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
    """Return the rows with the highest scores.

    These are all rows with the score ``topk_query.after``, then the ``topk_query.n`` best below it
    and all that equal the last of them. The caller, which knows the tracks' ids, orders and cuts
    equal scores.
    """
    factor = FACTOR
    while True:
        row_filter = _Filter(linear, target, topk_query, factor)
        run_blocks(partial(row_filter.scan, rows), len(rows), n_threads)
        kept = row_filter.score_kept(rows)
        if row_filter.is_within_factor(kept):
            return _cut(kept, topk_query)
        factor **= TIMES


class _Filter:
    """Keeps the rows that may be among the best; several threads add rows.

    At least ``topk_query.n`` open rows surely come after ``topk_query.after`` and have computed
    losses of at most ``ceiling / factor^2``, so exact losses of at most ``ceiling / factor``. A
    row with a computed loss above the ceiling is worse.
    """

    def __init__(
        self, linear: Linear, target: Target, topk_query: TopkQuery, factor: float
    ) -> None:
        self._linear, self._target, self._query = linear, target, topk_query
        self._factor = factor
        self._loss = loss_for(linear, target)
        self._forms = LinearForms.of(linear, self._loss.contrasts)
        after = 0.0 if topk_query.after is None else float(self._exact_losses(topk_query.after))
        self._least, self._surely = after / factor, min(after * factor, MOST)
        self._ceiling = np.inf
        self._lock = Lock()
        self._places: IntVector = np.zeros(0, np.int64)
        self._losses: FloatVector = np.zeros(0, np.float32)

    def scan(self, rows: FloatMatrix, start: int) -> None:
        """Keep the rows of a block that may be among the best."""
        with np.errstate(over="ignore", invalid="ignore"):
            losses = self._loss.of_rows(self._forms.values(rows, start))
            at = np.flatnonzero(~(losses > self._ceiling))  # keeps NaN, to score it exactly
        if len(at):
            self._keep(start + at, np.clip(losses[at], LEAST, MOST))

    def score_kept(self, rows: FloatMatrix) -> TopTracks:
        """Return the kept rows, in their order, with exact scores."""
        order = np.argsort(self._places)
        self._places, self._losses = self._places[order], self._losses[order]
        proba = proba_at(rows, self._linear, self._places)
        return TopTracks(self._places, scores(proba, self._linear, self._target), proba)

    def is_within_factor(self, kept: TopTracks) -> bool:
        """Return whether the relative error of every kept row's loss is within the factor."""
        ratio = self._losses / self._exact_losses(kept.scores)
        return not np.any((ratio > self._factor) | (ratio < 1.0 / self._factor))

    def _exact_losses(self, exact: Doubles | float) -> Doubles:
        return np.clip(self._loss.of_scores(np.asarray(exact)), LEAST, MOST)

    def _keep(self, places: IntVector, losses: FloatVector) -> None:
        is_kept = self._query.is_open[places] & ~(losses < self._least)
        with self._lock:
            self._places = np.concatenate([self._places, places[is_kept]])
            self._losses = np.concatenate([self._losses, losses[is_kept]])
            self._lower_ceiling()

    def _lower_ceiling(self) -> None:
        sure = self._losses[self._losses > self._surely]
        n = self._query.n
        if len(sure) < n:
            return
        ceiling = float(np.partition(sure, n - 1)[n - 1]) * self._factor**2
        self._ceiling = ceiling if ceiling < MOST else np.inf
        may_be = ~(self._losses > self._ceiling)
        self._places, self._losses = self._places[may_be], self._losses[may_be]


def _cut(tracks: TopTracks, topk_query: TopkQuery) -> TopTracks:
    """Return the tracks of the query, the best first."""
    after = np.inf if topk_query.after is None else topk_query.after
    below = tracks.scores[tracks.scores < after]
    last = -np.inf
    if len(below) > topk_query.n:
        last = np.partition(below, len(below) - topk_query.n)[len(below) - topk_query.n]
    kept = np.flatnonzero((tracks.scores <= after) & (tracks.scores >= last))
    kept = kept[np.argsort(-tracks.scores[kept], kind="stable")]
    return TopTracks(tracks.places[kept], tracks.scores[kept], tracks.proba[kept])
