"""A large pool: a catalogue whose strategies never read all of it into memory."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Proba, Scores, Votes
from models.disagreement import vote_entropy
from models.emotion import N_QUADRANTS
from models.errors import EmptyPoolError, NoLogisticModelError
from models.query.consensus import ConsensusScorer
from models.query.highest import Highest
from models.query.personal_scores import PersonalScores, votes_at
from models.query.pool import Pool
from models.ranking.block_scan import BLOCK, LinearForms

SAMPLE_TRACKS = 2_000
"""Tracks of a larger pool whose members and features are read for one query."""


@dataclass(frozen=True, eq=False)
class LargePool:
    """The tracks of a catalogue that a strategy may select; a place is a row of the catalogue.

    Strategies read it in three ways. `scan` scores every track from the rows, by the consensus or
    by others' votes. `sample` draws tracks evenly and reads their members and features.
    `personal_scores` scores tracks under the listener's logistic model.

    Attributes:
        ids_at: Returns the ids of rows.
        is_open: Whether a row may be selected ``(n_rows,)``.
        voted: Open rows with others' votes, ascending ``(k,)``.
        votes: Others' votes there ``(k, n_quadrants)``, without the listener's own.
        read: Reads tracks by place; returns the places of those that it found, and their pool
            without votes.
        answered: The listener's answers in each quadrant ``(n_quadrants,)``.
        load_personal_scores: Returns `personal_scores`; None without a logistic model.

    Raises:
        EmptyPoolError: No row is open.
    """

    ids_at: Callable[[IntVector], list[str]]
    is_open: NDArray[np.bool_]
    voted: IntVector
    votes: Votes
    read: Callable[[IntVector], tuple[IntVector, Pool]]
    answered: NDArray[np.float64] = field(default_factory=lambda: np.zeros(N_QUADRANTS))
    load_personal_scores: Callable[[], PersonalScores] | None = None

    def __post_init__(self) -> None:
        if not self.n_tracks:
            raise EmptyPoolError

    @cached_property
    def n_tracks(self) -> int:
        """The number of open rows."""
        return int(np.count_nonzero(self.is_open))

    @cached_property
    def places(self) -> IntVector:
        """The open rows, ascending ``(n_tracks,)``."""
        return np.flatnonzero(self.is_open)

    @property
    def has_consensus(self) -> bool:
        """Whether the consensus follows from the rows, so that `scan` can score by it."""
        return self.load_personal_scores is not None

    @cached_property
    def personal_scores(self) -> PersonalScores:
        """The tracks under the listener's logistic model.

        Raises:
            NoLogisticModelError: The listener has no logistic model.
        """
        if self.load_personal_scores is None:
            raise NoLogisticModelError
        return self.load_personal_scores()

    def draw(self, n: int, rng: np.random.Generator) -> IntVector:
        """Return ``n`` distinct places in random order."""
        return self.places[rng.choice(self.n_tracks, n, replace=False)]

    def sample(self, n: int, rng: np.random.Generator) -> tuple[IntVector, Pool]:
        """Read an even sample; return its places and its pool.

        It has 2,000 tracks, or ``n`` if that is more; a smaller pool is read whole. Tracks that
        were deleted meanwhile are left out.
        """
        most = max(SAMPLE_TRACKS, n)
        is_whole = self.n_tracks <= most
        places, part = self.read(self.places if is_whole else np.sort(self.draw(most, rng)))
        return places, replace(part, votes=votes_at(places, self.voted, self.votes))

    def restricted_to(self, places: IntVector) -> "LargePool":
        """Return the pool of some of its tracks.

        Raises:
            EmptyPoolError: There are none.
        """
        is_open = np.zeros_like(self.is_open)
        is_open[places] = True
        is_voted, scores = is_open[self.voted], self.load_personal_scores
        return replace(
            self,
            is_open=is_open,
            voted=self.voted[is_voted],
            votes=self.votes[is_voted],
            load_personal_scores=scores and (lambda: scores().restricted_to(is_open)),
        )

    def scan(
        self, scorer: ConsensusScorer, n: int, rng: np.random.Generator
    ) -> tuple[IntVector, Scores]:
        """Return the places and the scores of the ``n`` highest, the highest first.

        The consensus is in single precision. Equal scores are in random order.
        """
        highest = Highest(n)
        for start in range(0, len(self.is_open), BLOCK):
            scores = scorer(_Block(self, start), rng)
            highest.add(start, np.where(self.is_open[start : start + BLOCK], scores, -np.inf))
        return highest.ordered(rng)

    @cached_property
    def vote_entropies(self) -> Scores:
        """The entropy of others' votes on each voted row ``(k,)``."""
        return vote_entropy(self.votes)

    @cached_property
    def consensus_forms(self) -> LinearForms:
        """The logits of the consensus."""
        linear = self.personal_scores.model.consensus_linear()
        return LinearForms.of(linear, np.eye(N_QUADRANTS))

    @property
    def rows(self) -> FloatMatrix:
        """The track features ``(n_rows, n_columns)``."""
        return self.personal_scores.track_features


@dataclass(frozen=True, eq=False)
class _Block:
    """Consecutive rows of a large pool, as a consensus scorer reads them."""

    pool: LargePool
    start: int

    @property
    def n_tracks(self) -> int:
        return min(BLOCK, len(self.pool.is_open) - self.start)

    @property
    def answered(self) -> NDArray[np.float64]:
        return self.pool.answered

    @cached_property
    def consensus(self) -> Proba:
        return self.pool.consensus_forms.proba(self.pool.rows, self.start, self.n_tracks)

    @property
    def vote_entropy(self) -> Scores:
        voted = self.pool.voted
        first, last = np.searchsorted(voted, [self.start, self.start + BLOCK])
        found = np.zeros(self.n_tracks)
        found[voted[first:last] - self.start] = self.pool.vote_entropies[first:last]
        return found
