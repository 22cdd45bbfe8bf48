"""Random queries: every track or some of the tracks are drawn, with known propensities.

Answers about tracks that a strategy selects are a biased sample of the pool. Drawn tracks, or all
answers weighted by their inverse propensity, give unbiased estimates of a model's accuracy
(Farquhar, Gal and Rainforth, 2021).
"""

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Scores
from models.query.pool import Pool
from models.query.selection import QueryStrategy, Selection

EPSILON = 0.1
"""Probability with which an ``eps-`` strategy draws a place."""


def random_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score evenly at random."""
    return rng.random(pool.n_tracks)


def random_query(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
    """Draw tracks evenly (``rand``): the baseline every strategy must beat."""
    scores = random_scores(pool, rng)
    places = np.argpartition(-scores, n - 1)[:n] if n else np.zeros(0, np.int64)
    places = places[np.argsort(-scores[places])]
    n_left = pool.n_tracks - np.arange(n)
    return Selection(places, scores[places], np.ones(n, np.bool_), 1 / n_left)


def epsilon_greedy(strategy: QueryStrategy, epsilon: float = EPSILON) -> QueryStrategy:
    """Return the strategy with each place drawn evenly with probability ``epsilon`` (``eps-``).

    The other places go to the strategy's best track that is not selected yet. The strategy selects
    before any draw, so the propensities are exact given its selection.
    """

    def select(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
        best = strategy(pool, n, rng)
        order = rng.permutation(pool.n_tracks)
        is_random = rng.random(n) < epsilon
        return _interleave(best, order, is_random, epsilon)

    return select


def _interleave(
    best: Selection, order: IntVector, is_random: NDArray[np.bool_], epsilon: float
) -> Selection:
    """Fill places from the random order where ``is_random``, from the best elsewhere."""
    n, n_tracks = len(best.places), len(order)
    places, scores, propensity = np.empty(n, np.int64), np.zeros(n), np.empty(n)
    selected: set[int] = set()
    rank = turn = 0
    for k in range(n):
        while best.places[rank] in selected:
            rank += 1
        while order[turn] in selected:
            turn += 1
        first = best.places[rank]
        places[k] = order[turn] if is_random[k] else first
        scores[k] = 0.0 if is_random[k] else best.scores[rank]
        propensity[k] = epsilon / (n_tracks - k) + (1 - epsilon) * (places[k] == first)
        selected.add(int(places[k]))
    return Selection(places, scores, is_random, propensity)
