"""The pool: the tracks to choose from, and all inputs of a strategy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberProba, Proba, Scores, Votes
from models.disagreement import vote_entropy
from models.emotion import N_QUADRANTS
from models.errors import EmptyPoolError, NoLogisticModelError, QueryError
from models.query.personal_scores import PersonalScores


def _no_member_proba() -> MemberProba:
    raise QueryError("The strategy needs the committee's members, and this pool has none.")


def _no_features() -> FloatMatrix:
    raise QueryError("The strategy needs features of the tracks, and this pool has none.")


def _no_answered_features() -> FloatMatrix:
    return np.zeros((0, 0), dtype=np.float32)


def _no_personal_scores() -> PersonalScores:
    raise NoLogisticModelError


@dataclass(frozen=True, eq=False)
class Pool:
    """The tracks that a strategy may select, and all its inputs.

    Costly inputs are callables. A pool calls each at most once, when a strategy reads the property
    of that name.

    Attributes:
        track_ids: Unique; their order is the order of the arrays.
        votes: Other listeners' labels ``(n_tracks, n_quadrants)``, without the listener's own.
        load_member_proba: Returns `member_proba`: for a whole catalogue, the most costly input.
        load_features: Returns `features`.
        load_answered_features: Returns `answered_features`; none by default.
        answered: The listener's answers in each quadrant ``(n_quadrants,)``.
        load_personal_scores: Returns `personal_scores`.

    Raises:
        EmptyPoolError: There is no track.
    """

    track_ids: Sequence[str]
    votes: Votes
    load_member_proba: Callable[[], MemberProba] = _no_member_proba
    load_features: Callable[[], FloatMatrix] = _no_features
    load_answered_features: Callable[[], FloatMatrix] = _no_answered_features
    answered: NDArray[np.float64] = field(default_factory=lambda: np.zeros(N_QUADRANTS))
    load_personal_scores: Callable[[], PersonalScores] = _no_personal_scores

    def __post_init__(self) -> None:
        if not self.track_ids:
            raise EmptyPoolError

    @property
    def n_tracks(self) -> int:
        """The number of tracks."""
        return len(self.track_ids)

    @cached_property
    def places(self) -> IntVector:
        """All places ``(n_tracks,)``."""
        return np.arange(self.n_tracks)

    def ids_at(self, places: IntVector) -> list[str]:
        """Return the ids of some tracks."""
        return [self.track_ids[place] for place in places.tolist()]

    def draw(self, n: int, rng: np.random.Generator) -> IntVector:
        """Return at least ``n`` distinct places in random order."""
        del n
        return rng.permutation(self.n_tracks)

    @cached_property
    def vote_entropy(self) -> Scores:
        """The entropy of others' votes in nats, 0 without votes ``(n_tracks,)``."""
        return vote_entropy(self.votes)

    @cached_property
    def member_proba(self) -> MemberProba:
        """The members' distributions, ``(n_members, n_tracks, n_quadrants)``.

        Raises:
            QueryError: The pool has none.
        """
        return self.load_member_proba()

    @cached_property
    def consensus(self) -> Proba:
        """The members' mean distribution, ``(n_tracks, n_quadrants)``."""
        return self.member_proba.mean(axis=0)

    @cached_property
    def features(self) -> FloatMatrix:
        """The tracks' unscaled features, ``(n_tracks, n_features)``; NaN where a track lacks one.

        Raises:
            QueryError: The pool has none.
        """
        return self.load_features()

    @cached_property
    def answered_features(self) -> FloatMatrix:
        """The same features of the answered tracks, ``(n_answered, n_features)``."""
        return self.load_answered_features()

    @cached_property
    def personal_scores(self) -> PersonalScores:
        """The tracks under the listener's logistic model.

        Raises:
            NoLogisticModelError: The listener has no logistic model.
        """
        return self.load_personal_scores()
