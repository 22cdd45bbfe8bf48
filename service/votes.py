"""Votes: how many listeners put a track in each quadrant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import Votes
from models.emotion import N_QUADRANTS, Quadrant
from service.labels import Label

QuadrantCounts = tuple[int, int, int, int]
"""How many listeners put a track in Q1, Q2, Q3, Q4."""


@dataclass(frozen=True, slots=True, eq=False)
class VoteChanges:
    """What became of votes since a revision.

    Attributes:
        revision: Ask from here the next time.
        counts: Of every track whose votes changed, as they are now; perhaps none any more.
    """

    revision: int
    counts: Mapping[str, QuadrantCounts]


def without_one(counts: QuadrantCounts, quadrant: Quadrant) -> QuadrantCounts:
    """Return the votes without one of them, if it is there."""
    left = list(counts)
    left[quadrant.index] = max(0, left[quadrant.index] - 1)
    q1, q2, q3, q4 = left
    return q1, q2, q3, q4


def votes_on(track_ids: Sequence[str], counts: Mapping[str, QuadrantCounts]) -> Votes:
    """Return the votes on tracks as an array ``(n_tracks, n_quadrants)``; none where none are."""
    none = (0,) * N_QUADRANTS
    rows = [counts.get(track_id, none) for track_id in track_ids]
    return np.array(rows, dtype=np.float64).reshape(-1, N_QUADRANTS)


def moved_votes(
    standing: Mapping[str, Quadrant | None], labels: Iterable[Label]
) -> dict[str, list[int]]:
    """Return by how much the votes of each track change, Q1 to Q4.

    Args:
        standing: What the user said of each track before; None or nothing for no answer.
        labels: What the user says now, in order.
    """
    moves: dict[str, list[int]] = {}
    current = dict(standing)
    for label in labels:
        move = moves.setdefault(label.track_id, [0] * N_QUADRANTS)
        if (before := current.get(label.track_id)) is not None:
            move[before.index] -= 1
        if label.quadrant is not None:
            move[label.quadrant.index] += 1
        current[label.track_id] = label.quadrant
    return moves
