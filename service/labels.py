"""Users' answers: labels, events of the log, and which of them are current or new."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Literal

from models.emotion import Quadrant, quadrant_of
from service.errors import EventConflictError

Emotion = Literal["perceived", "felt"]
"""The emotion that an answer is about: the one the music expresses, or the listener's own."""

QuadrantVotes = tuple[float, float, float, float]
"""Sums of soft votes for Q1, Q2, Q3, Q4; each answer adds exactly 1 to their total."""

CIRCUMSTANCES = ("emotion", "liking", "familiarity", "strategy", "is_random", "is_repeat")
"""Names of a label's fields about how the answer came about."""


@dataclass(frozen=True, slots=True)
class Label:
    """One answer of a user: a quadrant, a point, "can't tell", or a retraction.

    Two labels are the same answer exactly if they are equal. The models do not use the
    `CIRCUMSTANCES`.

    Attributes:
        event_id: Chosen by the client and unique for the user; makes repeated calls safe.
        quadrant: None for a retraction or "can't tell".
        valence: In [-1, 1]; None, as is ``arousal``, for a bare quadrant.
        cant_tell: The user cannot tell; ``quadrant`` is None then.
        emotion: The emotion that the answer is about; None if unknown.
        liking: How much the user likes the track, 1 to 5.
        familiarity: How well the user knows the track, 1 to 5.
        strategy: Query strategy that chose the track.
        is_random: Whether the track was drawn uniformly.
        is_repeat: Whether the question was a repeat that tests consistency.
    """

    event_id: str
    track_id: str
    quadrant: Quadrant | None
    valence: float | None = None
    arousal: float | None = None
    cant_tell: bool = False
    emotion: Emotion | None = None
    liking: int | None = None
    familiarity: int | None = None
    strategy: str | None = None
    is_random: bool = False
    is_repeat: bool = False

    @classmethod
    def at_point(cls, event_id: str, track_id: str, valence: float, arousal: float) -> "Label":
        """Return the label of a point; its quadrant follows from the signs.

        Raises:
            InvalidLabelError: A coordinate is not in [-1, 1].
        """
        return cls(event_id, track_id, quadrant_of(valence, arousal), valence, arousal)

    @classmethod
    def undecided(cls, event_id: str, track_id: str) -> "Label":
        """Return the label of a user who cannot tell."""
        return cls(event_id, track_id, None, cant_tell=True)

    @classmethod
    def retraction(cls, event_id: str, track_id: str) -> "Label":
        """Return the label that retracts an answer."""
        return cls(event_id, track_id, None)

    @property
    def is_retraction(self) -> bool:
        """Whether the label retracts an answer."""
        return self.quadrant is None and not self.cant_tell

    @property
    def point(self) -> tuple[float, float] | None:
        """Valence and arousal in [-1, 1]; None without a point."""
        if self.valence is None or self.arousal is None:
            return None
        return self.valence, self.arousal


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """A label in the log.

    Attributes:
        seq: Position in the log; it grows and is never reused.
        others: Other users' votes on the track when the event was recorded; never updated. None
            without votes, and without an answer.
        is_superseded: Whether a later label of the track stood when the event was imported; such
            an event stays in the log and is never current.
    """

    seq: int
    user_id: str
    label: Label
    created_at: datetime
    others: QuadrantVotes | None = None
    is_superseded: bool = False


@dataclass(frozen=True, slots=True)
class DatedLabel:
    """A label with the time of its recording, here or in another database.

    Attributes:
        others: Other users' votes on the track at that time; None without votes.
        is_superseded: Whether a later label of the track stood when it was recorded.
    """

    label: Label
    created_at: datetime
    others: QuadrantVotes | None = None
    is_superseded: bool = False


@dataclass(frozen=True, slots=True)
class RepeatableCall:
    """A call with an idempotency key.

    Attributes:
        key: Chosen by the client and unique for the user.
        body_sha256: Digest of the call's body, in hex.
    """

    key: str
    body_sha256: str


@dataclass(frozen=True, slots=True)
class AppendResult:
    """Outcome of recording the labels of one call.

    Attributes:
        accepted: Number of new labels.
        duplicates: Number of labels that were recorded before.
        is_repetition: Whether this is the reply to an earlier call, and nothing was recorded.
        last_seq: ``seq`` of the last recorded event; None if none was.
        n_superseded: Number of new labels that are older than a label of their track.
        unregistered: Tracks of new labels that are not registered, in order.
    """

    accepted: int
    duplicates: int
    is_repetition: bool = False
    last_seq: int | None = field(default=None, compare=False)
    n_superseded: int = 0
    unregistered: Sequence[str] = field(default=(), compare=False)


def effective(events: Iterable[LabelEvent]) -> list[LabelEvent]:
    """Return the current answers, in the order they were given.

    A track's latest event counts; a retraction or "can't tell" leaves no answer. Events may be in
    any order and repeated.
    """
    return [event for event in latest(events) if event.label.quadrant is not None]


def latest(events: Iterable[LabelEvent]) -> list[LabelEvent]:
    """Return the current event of each track, in the order of the log.

    It is the last one, without those that were superseded when they were imported.
    """
    found: dict[str, LabelEvent] = {}
    for event in sorted(events, key=lambda event: event.seq):
        if not event.is_superseded:
            found[event.label.track_id] = event
    return sorted(found.values(), key=lambda event: event.seq)


def mark_superseded(
    dated: Iterable[DatedLabel], times: Mapping[str, datetime]
) -> list[DatedLabel]:
    """Mark the labels that are older than their track's current label, before or among them.

    Args:
        dated: Labels to import, in order.
        times: Time of the current label by track.
    """
    newest, marked = dict(times), []
    for each in dated:
        track_id = each.label.track_id
        is_older = each.created_at < newest.get(track_id, each.created_at)
        marked.append(replace(each, is_superseded=each.is_superseded or is_older))
        if not marked[-1].is_superseded:
            newest[track_id] = each.created_at
    return marked


def unrecorded(labels: Sequence[Label], recorded: Mapping[str, Label]) -> list[Label]:
    """Return the new labels, each once, in order.

    Args:
        labels: The labels of a call, which may be a repeated one.
        recorded: The user's recorded labels by event id; further ones are ignored.

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
    """Return the call of these labels under a client's key."""
    body = json.dumps([_values(label) for label in labels])
    return RepeatableCall(key, hashlib.sha256(body.encode()).hexdigest())


def _values(label: Label) -> tuple[object, ...]:
    """Return a label's fields, without those of later releases if all are empty."""
    # This keeps the digests of calls that earlier releases stored.
    values = (label.event_id, label.track_id, label.quadrant, label.valence, label.arousal)
    more = (label.cant_tell, *(getattr(label, name) for name in CIRCUMSTANCES))
    return (*values, *more) if any(more) else values


def event_id_of(key: str, place: int, given: Collection[str | None]) -> str:
    """Return the event id of a label without one: the same for every repetition of the call.

    Args:
        key: The call's idempotency key.
        place: Position of the label in the call, from 0.
        given: Event ids of the call's other labels, which are avoided.
    """
    drawn = (hashlib.sha256(f"{salt} {place} {key}".encode()).hexdigest() for salt in count())
    return next(event_id for event_id in drawn if event_id not in given)
