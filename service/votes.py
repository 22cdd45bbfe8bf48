"""Votes: how listeners' answers on a track add up, each as a soft vote."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import Votes
from models.emotion import N_QUADRANTS
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


def without_own(votes: QuadrantVotes, own: QuadrantVotes | None) -> QuadrantVotes:
    """Return the votes on a track without one that is among them; exactly 0 where it was alone."""
    if own is None:
        return votes
    q1, q2, q3, q4 = (max(0.0, all_of - one) for all_of, one in zip(votes, own, strict=True))
    return q1, q2, q3, q4


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
    return {
        track_id: _moved(standing[track_id].vote if track_id in standing else None, label.vote)
        for track_id, label in last.items()
    }


def _moved(before: QuadrantVotes | None, after: QuadrantVotes | None) -> QuadrantVotes:
    pairs = zip(after or NO_VOTES, before or NO_VOTES, strict=True)
    q1, q2, q3, q4 = (now - then for now, then in pairs)
    return q1, q2, q3, q4
