"""Labels: a listener's answers, as the service accepts them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, Self
from uuid import uuid4

from attune_client.quadrants import quadrant_named

Emotion = Literal["perceived", "felt"]
"""The question: which emotion the music expresses, or which one the listener feels."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The context of an answer; every field is optional.

    Attributes:
        emotion: The question.
        liking: How much the listener likes the track, 1 to 5.
        familiarity: How well the listener knows it, 1 to 5.
        strategy: ``QueryReply.strategy``.
        is_random: ``Query.is_random``.
        is_repeat: ``Query.is_repeat``.
    """

    emotion: Emotion | None = None
    liking: int | None = None
    familiarity: int | None = None
    strategy: str | None = None
    is_random: bool = False
    is_repeat: bool = False

    def body(self) -> dict[str, str | int]:
        """Return the fields that are set."""
        return {name: value for name, value in asdict(self).items() if value not in (None, False)}


NO_CIRCUMSTANCES = Circumstances()


@dataclass(frozen=True, slots=True)
class Label:
    """One answer about one track, made with ``quadrant``, ``point``, ``cant_tell`` or ``retract``.

    The event id is drawn when the label is made, so a label that is sent twice is recorded once.
    To correct an answer, make another label for the same track.

    >>> Label.quadrant("t1", "Q4", event_id="e1").body()
    {'event_id': 'e1', 'track_id': 't1', 'quadrant': 'Q4'}
    """

    track_id: str
    event_id: str
    answer: Mapping[str, str | float | bool]
    circumstances: Circumstances = NO_CIRCUMSTANCES

    @classmethod
    def quadrant(
        cls,
        track_id: str,
        quadrant: str,
        *,
        event_id: str | None = None,
        circumstances: Circumstances = NO_CIRCUMSTANCES,
    ) -> Self:
        """Return a label of a quadrant: Q1 to Q4, or a word such as happy.

        Raises:
            ValueError: No quadrant is called so.
        """
        answer = {"quadrant": quadrant_named(quadrant).value}
        return cls(track_id, event_id or _new_id(), answer, circumstances)

    @classmethod
    def point(
        cls,
        track_id: str,
        *,
        valence: float,
        arousal: float,
        event_id: str | None = None,
        circumstances: Circumstances = NO_CIRCUMSTANCES,
    ) -> Self:
        """Return a label of a point; both coordinates are in [-1, 1]."""
        answer = {"valence": valence, "arousal": arousal}
        return cls(track_id, event_id or _new_id(), answer, circumstances)

    @classmethod
    def cant_tell(
        cls,
        track_id: str,
        *,
        event_id: str | None = None,
        circumstances: Circumstances = NO_CIRCUMSTANCES,
    ) -> Self:
        """Return the answer "I cannot tell".

        It replaces an earlier answer, teaches the model nothing, and the service does not ask
        about the track again.
        """
        return cls(track_id, event_id or _new_id(), {"cant_tell": True}, circumstances)

    @classmethod
    def retract(cls, track_id: str, *, event_id: str | None = None) -> Self:
        """Return the retraction of the answer about a track."""
        return cls(track_id, event_id or _new_id(), {"retracted": True})

    def body(self) -> dict[str, str | float | bool]:
        """Return the JSON body of the label."""
        named = {"event_id": self.event_id, "track_id": self.track_id}
        return {**named, **self.answer, **self.circumstances.body()}


def _new_id() -> str:
    return str(uuid4())
