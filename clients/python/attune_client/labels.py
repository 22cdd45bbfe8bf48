"""A listener's answers on their way to the service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from uuid import uuid4

from attune_client.predictions import Quadrant


@dataclass(frozen=True, slots=True)
class Label:
    """One answer about one track; make it with ``quadrant``, ``point`` or ``retract``.

    The event id is drawn when the label is made, so sending the same label twice, by a retry or
    by hand, records it once. To correct an answer, make another label for the same track.

    >>> Label.quadrant("t1", "Q4", event_id="e1").body()
    {'event_id': 'e1', 'track_id': 't1', 'quadrant': 'Q4'}
    """

    track_id: str
    event_id: str
    answer: Mapping[str, str | float | bool]

    @classmethod
    def quadrant(cls, track_id: str, quadrant: str, *, event_id: str | None = None) -> Self:
        """Return the answer that the track lies in ``quadrant``.

        Raises:
            ValueError: ``quadrant`` is none of Q1 to Q4.
        """
        return cls(track_id, event_id or _new_id(), {"quadrant": Quadrant(quadrant).value})

    @classmethod
    def point(
        cls, track_id: str, *, valence: float, arousal: float, event_id: str | None = None
    ) -> Self:
        """Return the answer that the track lies at a point; both coordinates are in [-1, 1]."""
        return cls(track_id, event_id or _new_id(), {"valence": valence, "arousal": arousal})

    @classmethod
    def retract(cls, track_id: str, *, event_id: str | None = None) -> Self:
        """Return the withdrawal of whatever was answered about the track."""
        return cls(track_id, event_id or _new_id(), {"retracted": True})

    def body(self) -> dict[str, str | float | bool]:
        """Return the label as the service reads it."""
        return {"event_id": self.event_id, "track_id": self.track_id, **self.answer}


def _new_id() -> str:
    return str(uuid4())
