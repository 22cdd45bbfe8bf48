"""Answers of listeners, and the log that they are kept in."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal, Protocol

from models.emotion import Quadrant, quadrant_of

QuadrantCounts = tuple[int, int, int, int]
"""How many listeners put a track in Q1, Q2, Q3, Q4."""


Emotion = Literal["perceived", "felt"]
"""Which emotion a listener was asked for: the one that the music expresses, or their own."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How an answer came about; nothing is learnt from it.

    Attributes:
        emotion: Which one the answer is about; None where nobody said.
        liking: How much the listener likes the track, 1 to 5.
        familiarity: How well the listener knows it, 1 to 5.
        strategy: Which one asked about the track.
        is_random: Whether the track was drawn evenly.
        is_repeat: Whether it was asked about again, to see whether the answer stays the same.
    """

    emotion: Emotion | None = None
    liking: int | None = None
    familiarity: int | None = None
    strategy: str | None = None
    is_random: bool = False
    is_repeat: bool = False


UNTOLD = Circumstances()
"""Nothing was said of how the answer came about."""


@dataclass(frozen=True, slots=True)
class Label:
    """One answer as a user gives it: a quadrant, a point, "can't tell", or the answer taken back.

    Two labels are the same answer exactly when they are equal.

    Attributes:
        event_id: Chosen by the client, unique for the user; it makes sending again safe.
        quadrant: None takes back what the user said of the track.
        valence: In [-1, 1], or None where a bare quadrant was given; so is ``arousal``.
        cant_tell: The user was asked and cannot tell; there is no quadrant then.
        circumstances: How the answer came about.
    """

    event_id: str
    track_id: str
    quadrant: Quadrant | None
    valence: float | None = None
    arousal: float | None = None
    cant_tell: bool = False
    circumstances: Circumstances = UNTOLD

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


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """A label as it stands in the log.

    Attributes:
        seq: Its place in the log; grows, and is never given twice.
    """

    seq: int
    user_id: str
    label: Label
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DatedLabel:
    """A label with the moment at which it was recorded, here or elsewhere."""

    label: Label
    created_at: datetime


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
class Forecast:
    """What was told of a track before its listener answered.

    Attributes:
        snapshot: Version of the shared models that told it.
        n_labels: How many of the listener's tracks had been learnt from.
        personal: How likely each quadrant was called to the listener, Q1 to Q4.
        population: How likely each would have been called to a newcomer.
    """

    snapshot: str
    n_labels: int
    personal: tuple[float, float, float, float]
    population: tuple[float, float, float, float]


NOTHING_FORETOLD: Mapping[str, Forecast] = MappingProxyType({})
"""Of no track was anything told."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of the labels of one call.

    Attributes:
        accepted: How many were new.
        duplicates: How many had been recorded before, word for word.
        is_repetition: Whether this was said of the same call before, and nothing done now.
    """

    accepted: int
    duplicates: int
    is_repetition: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class VoteChanges:
    """What became of votes since a revision.

    Attributes:
        revision: Ask from here the next time.
        counts: Of every track whose votes changed, as they are now; perhaps none any more.
    """

    revision: int
    counts: Mapping[str, QuadrantCounts]


class LabelLog(Protocol):
    """The append-only log of answers; the truth about every user."""

    def append(
        self,
        user_id: str,
        labels: Sequence[Label],
        call: RepeatableCall | None = None,
        *,
        foretold: Mapping[str, Forecast] = NOTHING_FORETOLD,
    ) -> Appended:
        """Record the labels that are new, all or none; of a repeated call say the same again.

        Args:
            user_id: Who answers.
            labels: The answers, in order.
            call: What tells the call from others that are sent.
            foretold: What was told of tracks before; it is noted beside first answers.

        Raises:
            UserForgottenError: The user was forgotten.
            CallConflictError: The call's key was used before with another body.
            TrackNotFoundError: A new label is about a track that is not there.
            EventConflictError: An event id was used before for another answer.
        """
        ...

    def restore(self, user_id: str, dated: Sequence[DatedLabel]) -> Appended:
        """Record what was exported from a log: as `append`, but every label keeps its moment.

        What is new comes after all that is there, in the order in which it is given.
        """
        ...

    def last_seq(self, user_id: str) -> int:
        """Return the place of the user's last event; 0 for somebody unknown."""
        ...

    def events(self, user_id: str, *, through: int | None = None) -> Iterator[LabelEvent]:
        """Yield the user's events in order, up to and with ``through`` if it is given."""
        ...

    def votes(self) -> Mapping[str, QuadrantCounts]:
        """Return how many users' current answers put each labelled track where."""
        ...

    def votes_of_others(
        self, user_id: str, track_ids: Collection[str]
    ) -> Mapping[str, QuadrantCounts]:
        """Return how many other users' current answers put each of these tracks where.

        Tracks on which nobody else voted may be left out. While the user is answering, another
        vote may be missing; the user's own is never counted.
        """
        ...

    def votes_since(self, revision: int) -> VoteChanges:
        """Return the votes that changed after a revision; revision 0 is the beginning."""
        ...

    def votes_on(self, track_ids: Collection[str]) -> Mapping[str, QuadrantCounts]:
        """Return the votes of those of these tracks that have some."""
        ...

    def still_there(self, seqs: Collection[int]) -> set[int]:
        """Return those of these places at which there is an event; of forgotten users is none."""
        ...

    def forget(self, user_id: str) -> None:
        """Delete a user's events and all that was derived from them, and refuse new ones.

        All processes are told, by a notice about ``forgotten``.
        """
        ...

    def readmit(self, user_id: str) -> None:
        """Let a forgotten user answer again, from nothing; anybody else is fine."""
        ...
