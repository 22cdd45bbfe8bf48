"""Random queries: every track or some of the tracks are drawn, with known propensities.

Answers about tracks that a strategy selects are a biased sample of the pool. Drawn tracks, or all
answers weighted by their inverse propensity, give unbiased estimates of a model's accuracy
(Farquhar, Gal and Rainforth, 2021).
"""

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Scores
from models.query.consensus import Consensus
from models.query.large_pool import LargePool
from models.query.selection import AnyPool, QueryStrategy, Selection

EPSILON = 0.1
"""Probability with which an ``eps-`` strategy draws a place."""


def random_scores(pool: Consensus, rng: np.random.Generator) -> Scores:
    """Score evenly at random."""
    return rng.random(pool.n_tracks)


def random_query(pool: AnyPool, n: int, rng: np.random.Generator) -> Selection:
    """Draw tracks evenly (``rand``): the baseline every strategy must beat."""
    if isinstance(pool, LargePool):
        places, scores = pool.draw(n, rng), np.sort(rng.random(n))[::-1]
    else:
        scores = random_scores(pool, rng)
        places = np.argpartition(-scores, n - 1)[:n] if n else np.zeros(0, np.int64)
        places = places[np.argsort(-scores[places])]
        scores = scores[places]
    n_left = pool.n_tracks - np.arange(n)
    return Selection(places, scores, np.ones(n, np.bool_), 1 / n_left)


def epsilon_greedy(strategy: QueryStrategy, epsilon: float = EPSILON) -> QueryStrategy:
    """Return the strategy with each place drawn evenly with probability ``epsilon`` (``eps-``).

    The other places go to the strategy's best track that is not selected yet. The strategy selects
    before any draw, so the propensities are exact given its selection. Draws are from the whole
    pool, also where the strategy selects from a sample.
    """

    def select(pool: AnyPool, n: int, rng: np.random.Generator) -> Selection:
        best = strategy(pool, n, rng)
        drawn = pool.draw(len(best.places), rng)
        is_random = rng.random(len(best.places)) < epsilon
        return _interleave(best, drawn, is_random, epsilon, pool.n_tracks)

    return select


def _interleave(
    best: Selection,
    drawn: IntVector,
    is_random: NDArray[np.bool_],
    epsilon: float,
    n_tracks: int,
) -> Selection:
    """Fill places from the drawn tracks where ``is_random``, from the best elsewhere."""
    n = len(best.places)
    places, scores, propensity = np.empty(n, np.int64), np.zeros(n), np.empty(n)
    selected: set[int] = set()
    rank = turn = 0
    for k in range(n):
        while best.places[rank] in selected:
            rank += 1
        while drawn[turn] in selected:
            turn += 1
        first = best.places[rank]
        places[k] = drawn[turn] if is_random[k] else first
        scores[k] = 0.0 if is_random[k] else best.scores[rank]
        propensity[k] = epsilon / (n_tracks - k) + (1 - epsilon) * (places[k] == first)
        selected.add(int(places[k]))
    return Selection(places, scores, is_random, propensity)
