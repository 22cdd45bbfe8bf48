"""What a log of labels says: the answers that stand, and what new labels change about them."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple
from itertools import count

import numpy as np

from models.arrays import Votes
from models.emotion import N_QUADRANTS, Quadrant
from service.ports import UNTOLD, Label, LabelEvent, QuadrantCounts, RepeatableCall
from service.refusals import EventConflictError


def effective(events: Iterable[LabelEvent]) -> list[LabelEvent]:
    """Return the answers that stand, in the order they were given.

    Of each track the latest event counts, and none if that took the answer back or said that the
    user cannot tell. Events may come in any order and more than once.
    """
    return [event for event in latest(events) if event.label.quadrant is not None]


def latest(events: Iterable[LabelEvent]) -> list[LabelEvent]:
    """Return what was said last of each track, in the order in which it was said."""
    found: dict[str, LabelEvent] = {}
    for event in sorted(events, key=lambda event: event.seq):
        found[event.label.track_id] = event
    return sorted(found.values(), key=lambda event: event.seq)


def unrecorded(labels: Sequence[Label], recorded: Mapping[str, Label]) -> list[Label]:
    """Return the labels that are new, each once, in their order.

    Args:
        labels: As they were sent, perhaps not for the first time.
        recorded: The user's recorded labels by event id; others than those sent do not matter.

    Raises:
        EventConflictError: An event id stands for two different answers.
    """
    fresh: dict[str, Label] = {}
    for label in labels:
        before = recorded.get(label.event_id) or fresh.get(label.event_id)
        if before is None:
            fresh[label.event_id] = label
        elif before != label:
            raise EventConflictError(label.event_id)
    return list(fresh.values())


def call_of(key: str, labels: Sequence[Label]) -> RepeatableCall:
    """Return the call that these labels were sent in, under a key of the client's choice."""
    said = json.dumps([_said(label) for label in labels])
    return RepeatableCall(key, hashlib.sha256(said.encode()).hexdigest())


def _said(label: Label) -> tuple[object, ...]:
    """Return all that a label says; what is not said in it leaves no trace."""
    # Calls of earlier releases, which knew no more than this, keep the digests that they have.
    said = (label.event_id, label.track_id, label.quadrant, label.valence, label.arousal)
    if not label.cant_tell and label.circumstances == UNTOLD:
        return said
    return *said, label.cant_tell, *astuple(label.circumstances)


def event_id_of(key: str, place: int, given: Collection[str | None]) -> str:
    """Return the event id of the label at this place of a call that named none.

    The same call has the same ids whenever it is sent.

    Args:
        key: Of the call.
        place: Counted from 0.
        given: Event ids that the call's other labels brought along; they are avoided.
    """
    drawn = (hashlib.sha256(f"{salt} {place} {key}".encode()).hexdigest() for salt in count())
    return next(event_id for event_id in drawn if event_id not in given)


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
