"""Query strategies: which tracks to ask a listener about next.

To add a strategy, write a module in this package and add one line to `SCORERS` if it scores tracks
one by one, to `PERSONAL` if it reads `Pool.personal_scores`, or else to `PLAIN`. Name it in
`LIGHT` too if it reads neither members nor features: the service then does not load them. Add a
row to the table in ``docs/strategies.md``. ``tests/contract/test_strategies.py`` tests each entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.errors import UnknownStrategyError
from models.query import scorers
from models.query.diverse import diverse
from models.query.herding import herding
from models.query.information_gain import newcomer, taste
from models.query.personal_scores import PersonalScores
from models.query.pool import Pool
from models.query.random_query import EPSILON, epsilon_greedy, random_query, random_scores
from models.query.selection import QueryStrategy, Scorer, Selection, top
from models.query.typicality import typiclust

__all__ = [
    "EPSILON",
    "PERSONAL",
    "PLAIN",
    "SCORERS",
    "STRATEGIES",
    "PersonalScores",
    "Pool",
    "QueryStrategy",
    "Question",
    "Scorer",
    "Selection",
    "ask",
    "is_light",
    "is_personal",
]

SCORERS: Mapping[str, Scorer] = {
    "mc": scorers.machine_consensus,
    "hc": scorers.human_consensus,
    "mix": scorers.hybrid_consensus,
    "rand": random_scores,
    "entropy": scorers.member_entropy,
    "margin": scorers.margin,
    "least_confident": scorers.least_confident,
    "vote_entropy": scorers.member_votes,
    "kl": scorers.divergence,
    "bald": scorers.mutual_information,
    "density": scorers.density_weighted(scorers.machine_consensus),
}
"""Scorers of single tracks; each is a strategy by itself, with ``balanced-`` and with ``eps-``."""

PERSONAL: Mapping[str, QueryStrategy] = {
    "diverse": diverse,
    "taste": taste,
    "newcomer": newcomer,
}
"""Strategies that read the listener's logistic model instead of the committee's members."""

LIGHT = frozenset({"rand", "hc", *PERSONAL})
"""Strategies that need neither members nor features: only ids, votes and the listener's model."""

PLAIN: Mapping[str, QueryStrategy] = {
    **{name: top(scorer) for name, scorer in SCORERS.items()},
    "rand": random_query,  # draws as its scorer does, and returns propensities too
    "herding": herding(),
    "uherding": herding(scorers.machine_consensus),
    "typiclust": typiclust,
    **PERSONAL,
}
"""Strategies without a prefix."""

STRATEGIES: Mapping[str, QueryStrategy] = {
    **PLAIN,
    **{f"balanced-{name}": top(scorers.balanced(scorer)) for name, scorer in SCORERS.items()},
    **{f"eps-{name}": epsilon_greedy(each) for name, each in PLAIN.items() if name != "rand"},
}
"""Every strategy by its name."""


@dataclass(frozen=True, slots=True)
class Question:
    """A track to ask about.

    Attributes:
        score: Score under the strategy; 0 if an ``eps-`` strategy drew the track.
        is_random: Whether the track was drawn evenly from the tracks not chosen before it.
        propensity: Probability that this place went to this track, given the places before it;
            None for a deterministic strategy.
        is_repeat: Whether the listener has answered it before; repeats measure consistency.
    """

    track_id: str
    score: float
    is_random: bool = False
    propensity: float | None = None
    is_repeat: bool = False


def ask(name: str, pool: Pool, n: int, rng: np.random.Generator) -> list[Question]:
    """Return at most ``n`` distinct tracks of the pool, the most useful first.

    Args:
        name: A key of `STRATEGIES`.
        pool: The tracks to choose from.
        n: At least 0.
        rng: Breaks ties and makes all random draws.

    Raises:
        UnknownStrategyError: ``name`` is not in `STRATEGIES`.
        QueryError: The pool lacks an input of the strategy.
    """
    if name not in STRATEGIES:
        raise UnknownStrategyError(
            f"There is no strategy {name!r}; there are {', '.join(PLAIN)}. "
            f"balanced- may precede {', '.join(SCORERS)}; eps- may precede any but rand."
        )
    selection = STRATEGIES[name](pool, min(n, pool.n_tracks), rng)
    return [
        Question(
            pool.track_ids[place],
            float(score),
            bool(is_random),
            None if np.isnan(propensity) else float(propensity),
        )
        for place, score, is_random, propensity in zip(
            selection.places,
            selection.scores,
            selection.is_random,
            selection.propensity,
            strict=True,
        )
    ]


def is_personal(name: str) -> bool:
    """Return whether a strategy reads the listener's logistic model."""
    return name.removeprefix("eps-") in PERSONAL


def is_light(name: str) -> bool:
    """Return whether a strategy needs neither members nor features of tracks."""
    return name.removeprefix("eps-") in LIGHT
