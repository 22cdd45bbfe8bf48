"""What a strategy chose, and the one way from scores to a choice."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Scores
from models.query.pool import Pool


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Distinct tracks of a pool in the order in which to ask about them.

    Attributes:
        places: Where they stand in the pool ``(n_chosen,)``.
        scores: Why they were chosen ``(n_chosen,)``: never rising, but for places that were drawn,
            which have 0.
        is_random: Whether a place was drawn evenly from the tracks not chosen before it
            ``(n_chosen,)``.
        propensity: Probability with which the place went to this track, given the places before
            it ``(n_chosen,)``; NaN where it is not known.
    """

    places: IntVector
    scores: Scores
    is_random: NDArray[np.bool_]
    propensity: NDArray[np.float64]

    @classmethod
    def chosen(cls, places: IntVector, scores: Scores) -> "Selection":
        """Return what was chosen by score, not by lot."""
        n_chosen = len(places)
        return cls(places, scores, np.zeros(n_chosen, np.bool_), np.full(n_chosen, np.nan))


QueryStrategy: TypeAlias = Callable[[Pool, int, np.random.Generator], Selection]
"""Chooses exactly ``n`` tracks of a pool, ``0 <= n <= n_tracks``."""

Scorer: TypeAlias = Callable[[Pool, np.random.Generator], Scores]
"""Scores every track of a pool, ``(n_tracks,)``: higher means ask sooner."""


def top(scorer: Scorer) -> QueryStrategy:
    """Return the strategy that asks about the tracks with the highest scores.

    Ties are broken by the generator, so that a scorer with nothing to go on (human consensus
    before anybody has voted) asks at random rather than in the pool's order.
    """

    def select(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
        scores = scorer(pool, rng)
        # lexsort's last key leads: best score first, then the tie-breaker.
        places = np.lexsort((rng.random(len(scores)), -scores))[:n]
        return Selection.chosen(places, scores[places])

    return select
