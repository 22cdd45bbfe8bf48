"""The tracks that may be asked about, and all that a strategy may look at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, MemberProba, Proba, Votes
from models.emotion import N_QUADRANTS
from models.errors import EmptyPoolError, NoLogisticModelError, QueryError
from models.query.personal_scores import Placement


def _no_members() -> MemberProba:
    raise QueryError("The strategy asks the committee's members; this pool was given none.")


def _no_features() -> FloatMatrix:
    raise QueryError("The strategy compares tracks by their features; this pool was given none.")


def _nothing_answered() -> FloatMatrix:
    return np.zeros((0, 0), dtype=np.float32)


def _no_placement() -> Placement:
    raise NoLogisticModelError


@dataclass(frozen=True, eq=False)
class Pool:
    """The tracks that may be asked about, and all that a strategy may look at.

    What costs work is asked for once, and only if a strategy looks.

    Attributes:
        track_ids: Unique; their order is the order of the arrays.
        votes: Other listeners' labels ``(n_tracks, n_quadrants)``; never those of whoever is
            asked.
        ask_members: Gives ``member_proba``; over a whole catalogue that is most of the work.
        ask_features: Gives ``features``.
        ask_answered: Gives ``answered_features``; without it nothing counts as covered.
        answered: How many tracks whoever is asked has put in each quadrant ``(n_quadrants,)``.
        ask_place: Gives ``placement``.

    Raises:
        EmptyPoolError: There is no track.
    """

    track_ids: Sequence[str]
    votes: Votes
    ask_members: Callable[[], MemberProba] = _no_members
    ask_features: Callable[[], FloatMatrix] = _no_features
    ask_answered: Callable[[], FloatMatrix] = _nothing_answered
    answered: NDArray[np.float64] = field(default_factory=lambda: np.zeros(N_QUADRANTS))
    ask_place: Callable[[], Placement] = _no_placement

    def __post_init__(self) -> None:
        if not self.track_ids:
            raise EmptyPoolError

    @property
    def n_tracks(self) -> int:
        """How many tracks may be asked about."""
        return len(self.track_ids)

    @cached_property
    def member_proba(self) -> MemberProba:
        """What every member says, ``(n_members, n_tracks, n_quadrants)``."""
        return self.ask_members()

    @cached_property
    def consensus(self) -> Proba:
        """The members' mean distribution, ``(n_tracks, n_quadrants)``."""
        return self.member_proba.mean(axis=0)

    @cached_property
    def features(self) -> FloatMatrix:
        """What the tracks are like, ``(n_tracks, n_features)``; NaN is what a track lacks.

        Of any scale: whoever compares tracks brings the columns to one.

        Raises:
            QueryError: The pool was given none.
        """
        return self.ask_features()

    @cached_property
    def answered_features(self) -> FloatMatrix:
        """What the tracks that were answered before are like, ``(n_answered, n_features)``."""
        return self.ask_answered()

    @cached_property
    def placement(self) -> Placement:
        """What the logistic model of whoever is asked makes of the tracks.

        Raises:
            NoLogisticModelError: The pool was given none.
        """
        return self.ask_place()
