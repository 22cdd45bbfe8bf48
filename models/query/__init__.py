"""Query strategies: which tracks to ask a listener about next.

A scorer judges tracks one by one, and :func:`top` makes a strategy of it; a strategy of another
kind chooses tracks that are useful together, or draws them. ``docs/strategies.md`` has all of them
in a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.errors import UnknownStrategyError
from models.query import scorers
from models.query.balance import balanced
from models.query.density import dense
from models.query.diverse import diverse
from models.query.herding import herding
from models.query.information_gain import newcomer, taste
from models.query.personal_scores import Placement
from models.query.pool import Pool
from models.query.random_query import EPSILON, at_random, chance, mixed
from models.query.selection import QueryStrategy, Scorer, Selection, top
from models.query.typicality import typiclust

__all__ = [
    "EPSILON",
    "PERSONAL",
    "PLAIN",
    "SCORERS",
    "STRATEGIES",
    "Placement",
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
    "rand": chance,
    "entropy": scorers.member_entropy,
    "margin": scorers.margin,
    "least_confident": scorers.least_confident,
    "vote_entropy": scorers.member_votes,
    "kl": scorers.divergence,
    "bald": scorers.mutual_information,
    "density": dense(scorers.machine_consensus),
}
"""What judges tracks one by one. A line here is a strategy, alone, balanced and mixed."""

PERSONAL: Mapping[str, QueryStrategy] = {
    "diverse": diverse,
    "taste": taste,
    "newcomer": newcomer,
}
"""What goes by the listener's own logistic model, and by nothing that the members say."""

LIGHT = frozenset({"rand", "hc", *PERSONAL})
"""What needs neither members nor features: ids, votes and the listener's model suffice."""

PLAIN: Mapping[str, QueryStrategy] = {
    **{name: top(scorer) for name, scorer in SCORERS.items()},
    "rand": at_random,  # the same draw as its scorer's, and it tells the odds
    "herding": herding(),
    "uherding": herding(scorers.machine_consensus),
    "typiclust": typiclust,
    **PERSONAL,
}
"""Strategies by their plain names."""

STRATEGIES: Mapping[str, QueryStrategy] = {
    **PLAIN,
    **{f"balanced-{name}": top(balanced(scorer)) for name, scorer in SCORERS.items()},
    **{f"eps-{name}": mixed(strategy) for name, strategy in PLAIN.items() if name != "rand"},
}
"""Every strategy by its name."""


@dataclass(frozen=True, slots=True)
class Question:
    """A track worth asking about.

    Attributes:
        score: Under the strategy that chose it; 0 if a mixture drew it.
        is_random: Whether it was drawn evenly from all tracks not asked about before it.
        propensity: Probability with which this place went to this track, given the places before
            it; None for a strategy that does not go by lot.
        is_repeat: Whether the listener is asked again, to see whether the answer stays the same.
    """

    track_id: str
    score: float
    is_random: bool = False
    propensity: float | None = None
    is_repeat: bool = False


def ask(name: str, pool: Pool, n: int, rng: np.random.Generator) -> list[Question]:
    """Return at most ``n`` distinct tracks of the pool, the most useful first.

    Args:
        name: Of a strategy.
        pool: What may be asked about.
        n: At least 0.
        rng: Breaks ties, and is all that ``rand`` goes by.

    Raises:
        UnknownStrategyError: ``name`` is not in :data:`STRATEGIES`.
        QueryError: The strategy needs something that the pool was not given.
    """
    if name not in STRATEGIES:
        raise UnknownStrategyError(
            f"There is no strategy {name!r}; there are {', '.join(PLAIN)}; "
            "balanced- may stand before what scores tracks one by one, eps- before any but rand."
        )
    chosen = STRATEGIES[name](pool, min(n, pool.n_tracks), rng)
    return [
        Question(pool.track_ids[place], float(score), bool(is_random), _known(propensity))
        for place, score, is_random, propensity in zip(
            chosen.places, chosen.scores, chosen.is_random, chosen.propensity, strict=True
        )
    ]


def is_personal(name: str) -> bool:
    """Whether a strategy goes by the listener's own logistic model."""
    return name.removeprefix("eps-") in PERSONAL


def is_light(name: str) -> bool:
    """Whether a strategy needs neither the members nor the features of tracks."""
    return name.removeprefix("eps-") in LIGHT


def _known(propensity: float) -> float | None:
    return None if np.isnan(propensity) else float(propensity)
