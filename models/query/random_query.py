"""Asking at random: wholly, or now and then, with probabilities that are told.

What is learnt only from tracks that a strategy picks says little about all the others. Tracks that
were drawn do say it: their answers, or all answers weighed by their propensity, judge a model
without bias (Farquhar, Gal and Rainforth, 2021).
"""

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Scores
from models.query.pool import Pool
from models.query.selection import QueryStrategy, Selection

EPSILON = 0.1
"""Share of the places that a mixture draws."""


def chance(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score evenly at random."""
    return rng.random(pool.n_tracks)


def at_random(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
    """Choose evenly at random (``rand``): the baseline every strategy must beat."""
    scores = chance(pool, rng)
    places = np.argpartition(-scores, n - 1)[:n] if n else np.zeros(0, np.int64)
    places = places[np.argsort(-scores[places])]
    left = pool.n_tracks - np.arange(n)
    return Selection(places, scores[places], np.ones(n, np.bool_), 1 / left)


def mixed(strategy: QueryStrategy, epsilon: float = EPSILON) -> QueryStrategy:
    """Return the strategy whose places each are drawn evenly with probability ``epsilon``.

    The other places go to the given strategy's first choice that is not taken. It chooses before
    anything is drawn, so the propensities are exact for each of its choices, and so on average.
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
    n, n_tracks = len(best.places), len(order)
    places, scores, propensity = np.empty(n, np.int64), np.zeros(n), np.empty(n)
    taken: set[int] = set()
    rank = turn = 0
    for k in range(n):
        while best.places[rank] in taken:
            rank += 1
        while order[turn] in taken:
            turn += 1
        first = best.places[rank]
        places[k] = order[turn] if is_random[k] else first
        scores[k] = 0.0 if is_random[k] else best.scores[rank]
        propensity[k] = epsilon / (n_tracks - k) + (1 - epsilon) * (places[k] == first)
        taken.add(int(places[k]))
    return Selection(places, scores, is_random, propensity)
