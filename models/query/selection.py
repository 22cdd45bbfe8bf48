"""Selections: the output of a strategy, and the strategy that selects the highest scores."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Scores
from models.query.consensus import ConsensusScorer
from models.query.large_pool import LargePool
from models.query.pool import Pool


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Distinct tracks of a pool in the order in which to ask about them.

    Attributes:
        places: Indices into the pool ``(n_selected,)``.
        scores: Non-increasing, except for drawn tracks, which have 0 ``(n_selected,)``.
        is_random: Whether the track was drawn evenly from the tracks not selected before it
            ``(n_selected,)``.
        propensity: Probability that the place went to this track, given the places before it
            ``(n_selected,)``; NaN for deterministic choices.
    """

    places: IntVector
    scores: Scores
    is_random: NDArray[np.bool_]
    propensity: NDArray[np.float64]

    @classmethod
    def by_score(cls, places: IntVector, scores: Scores) -> "Selection":
        """Return a selection without random draws."""
        n_selected = len(places)
        return cls(places, scores, np.zeros(n_selected, np.bool_), np.full(n_selected, np.nan))


AnyPool: TypeAlias = Pool | LargePool

QueryStrategy: TypeAlias = Callable[[AnyPool, int, np.random.Generator], Selection]
"""Selects exactly ``n`` tracks of a pool, ``0 <= n <= n_tracks``; fewer only if tracks of a large
pool are deleted meanwhile."""

PoolStrategy: TypeAlias = Callable[[Pool, int, np.random.Generator], Selection]
"""The same for a pool whose inputs can all be loaded."""

Scorer: TypeAlias = Callable[[Pool, np.random.Generator], Scores]
"""Scores every track of a pool, ``(n_tracks,)``: higher means ask sooner."""


def top(scorer: Scorer) -> PoolStrategy:
    """Return the strategy that selects the tracks with the highest scores.

    The generator breaks ties: a scorer without information (human consensus before the first vote)
    selects at random and not in the pool's order.
    """

    def select(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
        scores = scorer(pool, rng)
        # lexsort's last key leads: best score first, then the tie-breaker.
        places = np.lexsort((rng.random(len(scores)), -scores))[:n]
        return Selection.by_score(places, scores[places])

    return select


def sampled(strategy: PoolStrategy) -> QueryStrategy:
    """Return the strategy; of a large pool, it selects from an even sample."""

    def select(pool: AnyPool, n: int, rng: np.random.Generator) -> Selection:
        if isinstance(pool, Pool):
            return strategy(pool, n, rng)
        places, part = pool.sample(n, rng)
        selection = strategy(part, min(n, part.n_tracks), rng)
        return replace(selection, places=places[selection.places])

    return select


def scanned(scorer: ConsensusScorer, *, reads_votes_only: bool = False) -> QueryStrategy:
    """Return the strategy that selects the tracks with the highest scores.

    A large pool is scanned, or sampled if its rows do not determine the consensus.

    Args:
        scorer: The scorer.
        reads_votes_only: Whether it does not read the consensus.
    """
    of_members = sampled(top(scorer))

    def select(pool: AnyPool, n: int, rng: np.random.Generator) -> Selection:
        if isinstance(pool, Pool) or not (reads_votes_only or pool.has_consensus):
            return of_members(pool, n, rng)
        return Selection.by_score(*pool.scan(scorer, n, rng))

    return select
