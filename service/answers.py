"""Answers: a user's latest event on each track, as arrays for learning and for pools."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Votes
from models.emotion import N_QUADRANTS
from models.votes import answer_votes

CANT_TELL, RETRACTED = N_QUADRANTS, N_QUADRANTS + 1
"""States without an answer; those below are the indices of quadrants."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """A user's latest event on each track, in ascending order of the tracks' ids.

    Superseded events are left out. The result of `service.labels.latest` holds the same events.

    Attributes:
        track_ids: Distinct ids ``(n,)``.
        keys: Keys of the ids, as of `service.db.hash_table` ``(n,)``.
        seqs: Position of each event in the log ``(n,)``.
        states: Index of the answered quadrant, `CANT_TELL` or `RETRACTED` ``(n,)``.
        points: Valence and arousal in [-1, 1]; NaN without a point ``(n, 2)``.
        others: Other users' votes on the track when the event was recorded ``(n, n_quadrants)``.
        times_us: Time of the recording in microseconds since 1970 ``(n,)``.
        is_repeat: Whether the question was a repeat that tests consistency ``(n,)``.
    """

    track_ids: Sequence[str]
    keys: NDArray[np.uint64]
    seqs: IntVector
    states: IntVector
    points: NDArray[np.float64]
    others: Votes
    times_us: IntVector
    is_repeat: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of tracks."""
        return len(self.track_ids)

    @property
    def last_seq(self) -> int:
        """Position in the log of the newest of these events; 0 without one."""
        return int(self.seqs.max(initial=0))

    @property
    def is_answered(self) -> NDArray[np.bool_]:
        """Whether the event is an answer that stands ``(n,)``."""
        return np.asarray(self.states < N_QUADRANTS)

    @property
    def is_retracted(self) -> NDArray[np.bool_]:
        """Whether the event retracts an answer ``(n,)``."""
        return np.asarray(self.states == RETRACTED)

    @property
    def standing(self) -> "Answers":
        """The answers that stand, without events that leave none."""
        return self.take(self.is_answered)

    @property
    def votes(self) -> Votes:
        """The vote of each event; 0 for those without an answer ``(n, n_quadrants)``."""
        votes = np.zeros((len(self), N_QUADRANTS))
        is_answered = self.is_answered
        votes[is_answered] = answer_votes(self.states[is_answered], self.points[is_answered])
        return votes

    @property
    def counts(self) -> NDArray[np.float64]:
        """The number of answers in each quadrant ``(n_quadrants,)``."""
        return np.bincount(self.states, minlength=N_QUADRANTS)[:N_QUADRANTS].astype(np.float64)

    @property
    def batches(self) -> IntVector:
        """The number of the call that recorded each event, ascending in time ``(n,)``.

        The events of one call are adjacent in the log and share one time. Times are compared for
        equality only, so that a clock that was set back does not reorder calls.
        """
        order = np.argsort(self.seqs)
        begins = np.diff(self.times_us[order], prepend=self.times_us[order[:1]]) != 0
        batches = np.empty(len(self), np.int64)
        batches[order] = np.cumsum(begins)
        return batches

    def newest(self, n: int) -> list[str]:
        """Return the tracks of the last ``n`` events, at least 1, in the order of the log."""
        last = np.argsort(self.seqs)[-n:]
        return [self.track_ids[place] for place in last]

    def take(self, is_kept: NDArray[np.bool_]) -> "Answers":
        """Return some of the events ``(n,)``."""
        return Answers(
            list(compress(self.track_ids, is_kept.tolist())),
            *(getattr(self, name)[is_kept] for name in Answers.__slots__[1:]),
        )
