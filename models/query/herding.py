"""Herding: a batch that leaves no part of the pool far from anything answered."""

from heapq import heapify, heappop, heappush

import numpy as np

from models.arrays import FloatMatrix, FloatVector, IntVector, Scores
from models.query.pool import Pool
from models.query.selection import QueryStrategy, Scorer, Selection
from models.query.similarity import SAMPLE_TRACKS, Gauge, sample


def herding(scorer: Scorer | None = None) -> QueryStrategy:
    """Return the strategy that covers the pool: MaxHerding (Bae et al., 2024).

    A track counts as covered as far as it is like whichever answered or chosen track is most like
    it. Each choice adds most to the mean over the pool. With a scorer the mean is weighed by its
    scores, so that it is the doubtful tracks that are covered (uncertainty herding; Bae et al.,
    2025). The score of a choice is what it adds.

    Of a large pool 1,000 tracks, drawn evenly, are what is covered, and as many may be chosen.
    """

    def select(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
        reference = sample(pool, SAMPLE_TRACKS, rng)
        candidates = sample(pool, max(SAMPLE_TRACKS, n), rng)
        gauge = Gauge.over(pool.features[reference])
        weights = np.ones(pool.n_tracks) if scorer is None else scorer(pool, rng)
        coverage = _Coverage(
            gauge.alike(pool.features[candidates]),
            _covered(pool, gauge),
            (weights[reference] / len(reference)).astype(np.float32),
        )
        chosen, gains = coverage.spread(n, rng)
        return Selection.chosen(candidates[chosen], gains)

    return select


def _covered(pool: Pool, gauge: Gauge) -> FloatVector:
    if not len(pool.answered_features):
        return np.zeros(len(gauge.rows), np.float32)
    return gauge.alike(pool.answered_features).max(axis=0)


class _Coverage:
    """How far candidates ``(n_candidates,)`` cover what they are to cover ``(n_reference,)``."""

    def __init__(self, alike: FloatMatrix, covered: FloatVector, weights: FloatVector) -> None:
        self._alike = alike
        self._covered = covered
        self._weights = weights

    def spread(self, n: int, rng: np.random.Generator) -> tuple[IntVector, Scores]:
        """Return ``n`` candidates, each of which adds most to those before it, and how much.

        What a candidate would add only ever shrinks (coverage is submodular), so that what was
        computed before is a bound, and few need computing again (Minoux, 1978). Ties are broken by
        the generator.
        """
        gains = np.maximum(self._alike - self._covered, 0) @ self._weights
        places, ties = range(len(gains)), rng.random(len(gains)).tolist()
        queue = list(zip((-gains).tolist(), ties, places, strict=True))
        heapify(queue)
        chosen: list[int] = []
        added: list[float] = []
        while len(chosen) < n:
            _, tie, place = heappop(queue)
            gain = self._gain(place)
            if queue and (-gain, tie) > queue[0][:2]:
                heappush(queue, (-gain, tie, place))
                continue
            chosen.append(place)
            added.append(gain)
            self._covered = np.maximum(self._covered, self._alike[place])
        # Rounding apart they fall by themselves.
        return np.array(chosen, np.int64), np.minimum.accumulate(np.array(added, np.float64))

    def _gain(self, place: int) -> float:
        return float(np.maximum(self._alike[place] - self._covered, 0) @ self._weights)
