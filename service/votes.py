"""Votes: sums of users' answers on a track, each counted as a soft vote."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.arrays import Votes
from models.emotion import N_QUADRANTS
from models.votes import soft_votes
from service.labels import Label, QuadrantVotes

NO_VOTES: QuadrantVotes = (0.0, 0.0, 0.0, 0.0)


class VotesMark(NamedTuple):
    """How far a reader has read the changes of the votes; by default nothing.

    Attributes:
        after: Greatest revision that was read.
        open: Smaller revisions whose transactions had not ended then, ascending.
    """

    after: int = 0
    open: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class VoteChanges:
    """Votes that changed since a mark.

    Attributes:
        mark: Where to go on the next time.
        counts: Present votes by changed track; they may be zero.
        is_whole: Whether these are all changes; otherwise ask for more.
    """

    mark: VotesMark
    counts: Mapping[str, QuadrantVotes]
    is_whole: bool = True


def votes_of(labels: Sequence[Label | None]) -> Votes:
    """Return the vote of each label ``(n, n_quadrants)``; 0 for those without an answer.

    >>> votes_of([Label.undecided("e1", "t"), Label.at_point("e2", "t", 0.0, 0.9)]).tolist()
    [[0.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0]]
    """
    votes = np.zeros((len(labels), N_QUADRANTS))
    points = {}
    for row, label in enumerate(labels):
        if label is not None and label.quadrant is not None:
            votes[row, label.quadrant.index] = 1.0
            if label.point is not None:
                points[row] = label.point
    if points:
        votes[list(points)] = soft_votes(np.array(list(points.values())))
    return votes


def without_own(votes: Votes, own: Votes) -> Votes:
    """Return votes without those of one user, exactly 0 where no other user voted.

    Args:
        votes: Sums that include the user's votes ``(n, n_quadrants)``.
        own: The user's votes; 0 without one ``(n, n_quadrants)``.
    """
    return np.asarray(np.maximum(votes - own, 0.0))


def votes_on(track_ids: Sequence[str], counts: Mapping[str, QuadrantVotes]) -> Votes:
    """Return the votes on tracks ``(n_tracks, n_quadrants)``; 0 without any."""
    rows = [counts.get(track_id, NO_VOTES) for track_id in track_ids]
    return np.array(rows, dtype=np.float64).reshape(-1, N_QUADRANTS)


def vote_differences(
    standing: Mapping[str, Label], labels: Iterable[Label]
) -> dict[str, QuadrantVotes]:
    """Return the change of each track's votes, Q1 to Q4.

    Args:
        standing: The user's previous label by track.
        labels: The user's new labels, in order; the last on a track counts.
    """
    last = {label.track_id: label for label in labels}
    before = votes_of([standing.get(track_id) for track_id in last])
    moves = (votes_of(list(last.values())) - before).tolist()
    return {each: (q1, q2, q3, q4) for each, (q1, q2, q3, q4) in zip(last, moves, strict=True)}
