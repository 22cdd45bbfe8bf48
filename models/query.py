"""Query strategies: which tracks to ask a listener about next.

A strategy is a scorer; selection is written once. Ties are broken by the random generator, so that
a strategy with nothing to go on (human consensus before anybody has voted) asks at random rather
than in the pool's order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from models.arrays import MemberProba, Scores, Votes
from models.disagreement import consensus_entropy, vote_entropy
from models.errors import EmptyPoolError, UnknownStrategyError


@dataclass(frozen=True, eq=False)
class Pool:
    """The tracks that may be asked about, and all that a strategy may look at.

    Attributes:
        track_ids: Unique; their order is the order of the arrays.
        votes: Other listeners' labels ``(n_tracks, n_quadrants)``; never those of whoever is
            asked.
        ask_members: Gives ``member_proba``. Over a whole catalogue that is most of the work, so it
            is called once, and only if a strategy looks.

    Raises:
        EmptyPoolError: There is no track.
    """

    track_ids: Sequence[str]
    votes: Votes
    ask_members: Callable[[], MemberProba]

    def __post_init__(self) -> None:
        if not self.track_ids:
            raise EmptyPoolError

    @cached_property
    def member_proba(self) -> MemberProba:
        """What every member says, ``(n_members, n_tracks, n_quadrants)``."""
        return self.ask_members()


@dataclass(frozen=True, slots=True)
class Question:
    """A track worth asking about, and its score under the strategy that chose it."""

    track_id: str
    score: float


QueryStrategy: TypeAlias = Callable[[Pool, np.random.Generator], Scores]
"""Scores every track of a pool, ``(n_tracks,)``: higher means ask sooner."""


def machine_consensus(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by the entropy of the committee's mean distribution (``mc``)."""
    del rng
    return consensus_entropy(pool.member_proba)


def human_consensus(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by the entropy of other listeners' labels (``hc``)."""
    del rng
    return vote_entropy(pool.votes)


def hybrid_consensus(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by whichever of the two consensuses is the less certain (``mix``).

    The paper stacks the rows of both and takes the highest entropies; a track that is high in both
    would be asked twice. Taking each track's higher entropy is that ranking with the second
    mention struck out.
    """
    return np.maximum(machine_consensus(pool, rng), human_consensus(pool, rng))


def at_random(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score evenly at random (``rand``): the baseline every strategy must beat."""
    return rng.random(len(pool.track_ids))


STRATEGIES: Mapping[str, QueryStrategy] = {
    "mc": machine_consensus,
    "hc": human_consensus,
    "mix": hybrid_consensus,
    "rand": at_random,
}


def ask(name: str, pool: Pool, n: int, rng: np.random.Generator) -> list[Question]:
    """Return at most ``n`` distinct tracks of the pool, the most useful first.

    Args:
        name: Of a strategy.
        pool: What may be asked about.
        n: At least 0.
        rng: Breaks ties, and is all that ``rand`` goes by.

    Raises:
        UnknownStrategyError: ``name`` is not in :data:`STRATEGIES`.
    """
    if name not in STRATEGIES:
        raise UnknownStrategyError(
            f"There is no strategy {name!r}; there are {', '.join(STRATEGIES)}."
        )
    scores = STRATEGIES[name](pool, rng)
    # lexsort's last key leads: best score first, then the tie-breaker.
    best_first = np.lexsort((rng.random(len(scores)), -scores))[:n]
    return [Question(pool.track_ids[i], float(scores[i])) for i in best_first]
