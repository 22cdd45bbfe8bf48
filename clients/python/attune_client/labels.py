"""A listener's answers on their way to the service."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, Self
from uuid import uuid4

from attune_client.replies import Quadrant

Emotion = Literal["perceived", "felt"]
"""What the listener was asked for: what the music expresses, or what it makes them feel."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How an answer came about; all of it may be left out.

    Attributes:
        emotion: What the listener was asked for.
        liking: How much they like the track, 1 to 5.
        familiarity: How well they know it, 1 to 5.
        strategy: What chose the track: ``QueryReply.strategy``.
        is_random: As ``Query.is_random`` said.
        is_repeat: As ``Query.is_repeat`` said.
    """

    emotion: Emotion | None = None
    liking: int | None = None
    familiarity: int | None = None
    strategy: str | None = None
    is_random: bool = False
    is_repeat: bool = False

    def body(self) -> dict[str, str | int]:
        """Return what differs from saying nothing."""
        return {name: value for name, value in asdict(self).items() if value not in (None, False)}


NOTHING_SAID = Circumstances()


@dataclass(frozen=True, slots=True)
class Label:
    """One answer about one track, made with ``quadrant``, ``point``, ``cant_tell`` or ``retract``.

    The event id is drawn when the label is made, so sending the same label twice, by a retry or
    by hand, records it once. To correct an answer, make another label for the same track.

    >>> Label.quadrant("t1", "Q4", event_id="e1").body()
    {'event_id': 'e1', 'track_id': 't1', 'quadrant': 'Q4'}
    """

    track_id: str
    event_id: str
    answer: Mapping[str, str | float | bool]
    circumstances: Circumstances = NOTHING_SAID

    @classmethod
    def quadrant(
        cls,
        track_id: str,
        quadrant: str,
        *,
        event_id: str | None = None,
        circumstances: Circumstances = NOTHING_SAID,
    ) -> Self:
        """Return the answer that the track lies in ``quadrant``.

        Raises:
            ValueError: ``quadrant`` is none of Q1 to Q4.
        """
        answer = {"quadrant": Quadrant(quadrant).value}
        return cls(track_id, event_id or _new_id(), answer, circumstances)

    @classmethod
    def point(
        cls,
        track_id: str,
        *,
        valence: float,
        arousal: float,
        event_id: str | None = None,
        circumstances: Circumstances = NOTHING_SAID,
    ) -> Self:
        """Return the answer that the track lies at a point; both coordinates are in [-1, 1]."""
        answer = {"valence": valence, "arousal": arousal}
        return cls(track_id, event_id or _new_id(), answer, circumstances)

    @classmethod
    def cant_tell(
        cls,
        track_id: str,
        *,
        event_id: str | None = None,
        circumstances: Circumstances = NOTHING_SAID,
    ) -> Self:
        """Return the answer that the listener cannot tell; they are not asked about it again.

        Nothing is learnt from it, and it takes an earlier answer about the track away.
        """
        return cls(track_id, event_id or _new_id(), {"cant_tell": True}, circumstances)

    @classmethod
    def retract(cls, track_id: str, *, event_id: str | None = None) -> Self:
        """Return the withdrawal of whatever was answered about the track."""
        return cls(track_id, event_id or _new_id(), {"retracted": True})

    def body(self) -> dict[str, str | float | bool]:
        """Return the label as the service reads it."""
        named = {"event_id": self.event_id, "track_id": self.track_id}
        return {**named, **self.answer, **self.circumstances.body()}


def _new_id() -> str:
    return str(uuid4())
