"""Query strategies: which tracks to ask a listener about next.

To add a strategy, write a module in this package and add one line to `SCORERS` if it scores tracks
one by one, to `PERSONAL` if it reads `Pool.personal_scores`, or else to `PLAIN`. Name it in
`SCANNED` too if it reads only the consensus and others' votes: of a catalogue it then scores every
track, and not a sample. Add a row to the table in ``docs/strategies.md``.
``tests/contract/test_strategies.py`` tests each entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.errors import UnknownStrategyError
from models.query import scorers
from models.query.consensus import ConsensusScorer
from models.query.diverse import diverse
from models.query.herding import herding
from models.query.information_gain import newcomer, taste
from models.query.large_pool import SAMPLE_TRACKS, LargePool
from models.query.personal_scores import PersonalScores
from models.query.pool import Pool
from models.query.random_query import EPSILON, epsilon_greedy, random_query, random_scores
from models.query.selection import (
    AnyPool,
    QueryStrategy,
    Scorer,
    Selection,
    sampled,
    scanned,
    top,
)
from models.query.typicality import typiclust

__all__ = [
    "EPSILON",
    "PERSONAL",
    "PLAIN",
    "SAMPLE_TRACKS",
    "SCANNED",
    "SCORERS",
    "STRATEGIES",
    "LargePool",
    "PersonalScores",
    "Pool",
    "QueryStrategy",
    "Question",
    "Scorer",
    "Selection",
    "ask",
    "is_personal",
    "require_strategy",
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

SCANNED: Mapping[str, ConsensusScorer] = {
    "mc": scorers.machine_consensus,
    "hc": scorers.human_consensus,
    "mix": scorers.hybrid_consensus,
    "rand": random_scores,
    "margin": scorers.margin,
    "least_confident": scorers.least_confident,
}
"""The scorers that read only the consensus and others' votes."""


def _highest(name: str) -> QueryStrategy:
    if name in SCANNED:
        return scanned(SCANNED[name], reads_votes_only=name == "hc")
    return sampled(top(SCORERS[name]))


def _highest_balanced(name: str) -> QueryStrategy:
    if name in SCANNED:
        return scanned(scorers.balanced(SCANNED[name]))
    return sampled(top(scorers.balanced(SCORERS[name])))


PLAIN: Mapping[str, QueryStrategy] = {
    **{name: _highest(name) for name in SCORERS},
    "rand": random_query,  # draws as its scorer does, and returns propensities too
    "herding": sampled(herding()),
    "uherding": sampled(herding(scorers.machine_consensus)),
    "typiclust": sampled(typiclust),
    **PERSONAL,
}
"""Strategies without a prefix."""

STRATEGIES: Mapping[str, QueryStrategy] = {
    **PLAIN,
    **{f"balanced-{name}": _highest_balanced(name) for name in SCORERS},
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


def require_strategy(name: str) -> None:
    """Check a strategy's name.

    Raises:
        UnknownStrategyError: ``name`` is not in `STRATEGIES`.
    """
    if name not in STRATEGIES:
        raise UnknownStrategyError(
            f"There is no strategy {name!r}; there are {', '.join(PLAIN)}. "
            f"balanced- may precede {', '.join(SCORERS)}; eps- may precede any but rand."
        )


def ask(name: str, pool: AnyPool, n: int, rng: np.random.Generator) -> list[Question]:
    """Return at most ``n`` distinct tracks of the pool, the most useful first.

    Strategies that need the members' predictions or features select from an even sample of a
    `LargePool`.

    Args:
        name: A key of `STRATEGIES`.
        pool: The tracks to choose from.
        n: At least 0.
        rng: Breaks ties and makes all random draws.

    Raises:
        UnknownStrategyError: ``name`` is not in `STRATEGIES`.
        QueryError: The pool lacks an input of the strategy.
    """
    require_strategy(name)
    selection = STRATEGIES[name](pool, min(n, pool.n_tracks), rng)
    return [
        Question(
            track_id,
            float(score),
            bool(is_random),
            None if np.isnan(propensity) else float(propensity),
        )
        for track_id, score, is_random, propensity in zip(
            pool.ids_at(selection.places),
            selection.scores,
            selection.is_random,
            selection.propensity,
            strict=True,
        )
    ]


def is_personal(name: str) -> bool:
    """Return whether a strategy reads the listener's logistic model."""
    return name.removeprefix("eps-") in PERSONAL
