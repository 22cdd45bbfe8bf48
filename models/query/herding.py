"""Herding: a batch of tracks that covers the pool."""

from heapq import heapify, heappop, heappush

import numpy as np

from models.arrays import FloatMatrix, FloatVector, IntVector, Scores
from models.query.pool import Pool
from models.query.selection import PoolStrategy, Scorer, Selection
from models.query.similarity import SAMPLE_TRACKS, SimilarityKernel, sample


def herding(scorer: Scorer | None = None) -> PoolStrategy:
    """Return the strategy that covers the pool (MaxHerding; Bae et al., 2024).

    The coverage of a track is its similarity to the most similar answered or selected track. Each
    selection maximises the mean coverage of the pool; its score is the increase. A scorer weights
    the mean, so that uncertain tracks are covered (uncertainty herding; Bae et al., 2025).

    Of a large pool, an even sample of 1,000 tracks is covered, and another can be selected.
    """

    def select(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
        reference = sample(pool, SAMPLE_TRACKS, rng)
        candidates = sample(pool, max(SAMPLE_TRACKS, n), rng)
        kernel = SimilarityKernel.over(pool.features[reference])
        weights = np.ones(pool.n_tracks) if scorer is None else scorer(pool, rng)
        order, gains = _cover(
            kernel.similarity(pool.features[candidates]),
            _answered_coverage(pool, kernel),
            (weights[reference] / len(reference)).astype(np.float32),
            n,
            rng,
        )
        return Selection.by_score(candidates[order], gains)

    return select


def _answered_coverage(pool: Pool, kernel: SimilarityKernel) -> FloatVector:
    """Return the coverage of the reference tracks by answered tracks ``(n_reference,)``."""
    if not len(pool.answered_features):
        return np.zeros(len(kernel.rows), np.float32)
    return kernel.similarity(pool.answered_features).max(axis=0)


def _cover(
    similarity: FloatMatrix,
    coverage: FloatVector,
    weights: FloatVector,
    n: int,
    rng: np.random.Generator,
) -> tuple[IntVector, Scores]:
    """Return ``n`` candidates, each of which adds most after those before it, and their gains.

    Gains never grow (coverage is submodular), so an earlier gain is an upper bound, and few gains
    are recomputed (lazy greedy; Minoux, 1978). The generator breaks ties.

    Args:
        similarity: Shape ``(n_candidates, n_reference)``.
        coverage: Before the first selection ``(n_reference,)``.
        weights: Of the reference tracks ``(n_reference,)``.
        n: At most ``n_candidates``.
        rng: Breaks ties.
    """
    bounds = np.maximum(similarity - coverage, 0) @ weights
    places, ties = range(len(bounds)), rng.random(len(bounds)).tolist()
    queue = list(zip((-bounds).tolist(), ties, places, strict=True))
    heapify(queue)
    selected: list[int] = []
    gains: list[float] = []
    while len(selected) < n:
        _, tie, place = heappop(queue)
        gain = float(np.maximum(similarity[place] - coverage, 0) @ weights)
        if queue and (-gain, tie) > queue[0][:2]:
            heappush(queue, (-gain, tie, place))
            continue
        selected.append(place)
        gains.append(gain)
        coverage = np.maximum(coverage, similarity[place])
    # Gains fall in exact arithmetic; this removes rises by rounding.
    return np.array(selected, np.int64), np.minimum.accumulate(np.array(gains, np.float64))
