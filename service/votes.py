"""Votes: how listeners' answers on a track add up, each as a soft vote."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import Votes
from models.emotion import N_QUADRANTS
from models.votes import soft_votes
from service.labels import Label, QuadrantVotes

NO_VOTES: QuadrantVotes = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class VoteChanges:
    """What became of votes since a revision.

    Attributes:
        revision: Ask from here the next time.
        counts: Of every track whose votes changed, as they are now; perhaps none any more.
    """

    revision: int
    counts: Mapping[str, QuadrantVotes]


def votes_of(labels: Sequence[Label | None]) -> Votes:
    """Return the vote that each label counts as ``(n, n_quadrants)``; 0 where it is no answer.

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
    """Return votes without those of one listener, exactly 0 where nobody else voted.

    Args:
        votes: Sums that the listener's own are part of ``(n, n_quadrants)``.
        own: The listener's; 0 where there is none ``(n, n_quadrants)``.
    """
    return np.asarray(np.maximum(votes - own, 0.0))


def votes_on(track_ids: Sequence[str], counts: Mapping[str, QuadrantVotes]) -> Votes:
    """Return the votes on tracks as an array ``(n_tracks, n_quadrants)``; 0 where none are."""
    rows = [counts.get(track_id, NO_VOTES) for track_id in track_ids]
    return np.array(rows, dtype=np.float64).reshape(-1, N_QUADRANTS)


def moved_votes(
    standing: Mapping[str, Label], labels: Iterable[Label]
) -> dict[str, QuadrantVotes]:
    """Return by how much the votes of each track change, Q1 to Q4.

    Args:
        standing: What the user said last of each track before.
        labels: What the user says now, in order; the last on a track counts.
    """
    last = {label.track_id: label for label in labels}
    before = votes_of([standing.get(track_id) for track_id in last])
    moves = (votes_of(list(last.values())) - before).tolist()
    return {each: (q1, q2, q3, q4) for each, (q1, q2, q3, q4) in zip(last, moves, strict=True)}
