"""Answers of listeners, and what a log of them says: which stand, and which are new."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Literal

from models.emotion import Quadrant, quadrant_of
from service.errors import EventConflictError

Emotion = Literal["perceived", "felt"]
"""Which emotion a listener was asked for: the one that the music expresses, or their own."""

QuadrantVotes = tuple[float, float, float, float]
"""Sums of soft votes for Q1, Q2, Q3, Q4; each answer adds exactly 1 to their total."""

CIRCUMSTANCES = ("emotion", "liking", "familiarity", "strategy", "is_random", "is_repeat")
"""Names of what a label says of how the answer came about."""


@dataclass(frozen=True, slots=True)
class Label:
    """One answer as a user gives it: a quadrant, a point, "can't tell", or the answer taken back.

    Two labels are the same answer exactly when they are equal. Nothing is learnt of the
    `CIRCUMSTANCES` in which it was given.

    Attributes:
        event_id: Chosen by the client, unique for the user; it makes sending again safe.
        quadrant: None takes back what the user said of the track.
        valence: In [-1, 1], or None where a bare quadrant was given; so is ``arousal``.
        cant_tell: The user was asked and cannot tell; there is no quadrant then.
        emotion: Which one the answer is about; None where nobody said.
        liking: How much the listener likes the track, 1 to 5.
        familiarity: How well the listener knows it, 1 to 5.
        strategy: Which one asked about the track.
        is_random: Whether the track was drawn evenly.
        is_repeat: Whether it was asked about again, to see whether the answer stays the same.
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
        """Return the label of somebody who cannot tell."""
        return cls(event_id, track_id, None, cant_tell=True)

    @classmethod
    def retraction(cls, event_id: str, track_id: str) -> "Label":
        """Return the label that takes an answer back."""
        return cls(event_id, track_id, None)

    @property
    def is_retraction(self) -> bool:
        """Whether an answer is taken back."""
        return self.quadrant is None and not self.cant_tell

    @property
    def point(self) -> tuple[float, float] | None:
        """Valence and arousal in [-1, 1]; None where no point was given."""
        if self.valence is None or self.arousal is None:
            return None
        return self.valence, self.arousal


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """A label as it stands in the log.

    Attributes:
        seq: Its place in the log; grows, and is never given twice.
        others: The votes of other users on the track when the event was written; they stay what
            they were, whatever these users say later. None for no votes, and for no answer.
    """

    seq: int
    user_id: str
    label: Label
    created_at: datetime
    others: QuadrantVotes | None = None


@dataclass(frozen=True, slots=True)
class DatedLabel:
    """A label with the moment at which it was recorded, here or elsewhere.

    Attributes:
        others: The votes of others on the track at that moment; None for no votes.
    """

    label: Label
    created_at: datetime
    others: QuadrantVotes | None = None


@dataclass(frozen=True, slots=True)
class RepeatableCall:
    """What tells a call that is sent again from another call.

    Attributes:
        key: Chosen by the client, unique for the user.
        body_sha256: Of all that was sent with the key, in hex.
    """

    key: str
    body_sha256: str


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of the labels of one call.

    Attributes:
        accepted: How many were new.
        duplicates: How many had been recorded before, word for word.
        is_repetition: Whether this was said of the same call before, and nothing done now.
        last_seq: Of the events that were recorded now; None where none was.
    """

    accepted: int
    duplicates: int
    is_repetition: bool = False
    last_seq: int | None = field(default=None, compare=False)


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
    more = (label.cant_tell, *(getattr(label, name) for name in CIRCUMSTANCES))
    return (*said, *more) if any(more) else said


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
