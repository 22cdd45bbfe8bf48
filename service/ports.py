"""What the use cases speak of, and the seams behind which it is kept.

Values are frozen. Times are timezone-aware, in UTC.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, IntVector
from models.emotion import Quadrant, quadrant_of
from models.errors import AttuneError
from models.track import AudioFeatures, Belief, Outline, Track, TrackFeatures

if TYPE_CHECKING:  # it compiles loops, which a command that makes a key need not wait for
    from models.personal import PersonalModel

QuadrantCounts = tuple[int, int, int, int]
"""How many listeners put a track in Q1, Q2, Q3, Q4."""


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """Return now, timezone-aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Label:
    """One answer as a user gives it: a quadrant, a point, or the answer taken back.

    Two labels are the same answer exactly when they are equal.

    Attributes:
        event_id: Chosen by the client, unique for the user; it makes sending again safe.
        quadrant: None takes back what the user said of the track.
        valence: In [-1, 1], or None where a bare quadrant was given; so is ``arousal``.
    """

    event_id: str
    track_id: str
    quadrant: Quadrant | None
    valence: float | None = None
    arousal: float | None = None

    @classmethod
    def at_point(cls, event_id: str, track_id: str, valence: float, arousal: float) -> "Label":
        """Return the label of a point; its quadrant follows from the signs.

        Raises:
            InvalidLabelError: A coordinate is not in [-1, 1].
        """
        return cls(event_id, track_id, quadrant_of(valence, arousal), valence, arousal)

    @classmethod
    def retraction(cls, event_id: str, track_id: str) -> "Label":
        """Return the label that takes an answer back."""
        return cls(event_id, track_id, None)

    @property
    def is_retraction(self) -> bool:
        """Whether an answer is taken back."""
        return self.quadrant is None


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


@dataclass(frozen=True, slots=True)
class Content:
    """Fingerprints of what a track was made from: SHA-256 in hex, None for what is missing."""

    audio_sha256: str | None
    lyrics_sha256: str | None


@dataclass(frozen=True, slots=True)
class Heading:
    """What a track is called."""

    title: str | None = None
    artist: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TrackRecord:
    """A track of the catalogue with all that is known of it.

    Attributes:
        track: None if it was registered with other features than the snapshot reads.
        content: What of audio and lyrics it was made from.
        duration_s: Length of the recording; None without one.
    """

    track_id: str
    track: Track | None
    heading: Heading
    content: Content
    duration_s: float | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What became of the catalogue since a revision, in the order in which it happened.

    Attributes:
        revision: Ask from here the next time.
        changed: New or altered tracks, without their segments.
        removed: Ids of tracks that are not to be asked about any more.
    """

    revision: int
    changed: Sequence[Track]
    removed: Collection[str]


@dataclass(frozen=True, slots=True, eq=False)
class Listener:
    """A user as the models know them.

    Attributes:
        n_labels: How many tracks the user's answers stand for now.
        model: None for somebody without labels who is told what everybody is.
    """

    user_id: str
    n_labels: int
    model: "PersonalModel | None"


@dataclass(frozen=True, slots=True)
class ModelKey:
    """What a personal model is a pure function of.

    Attributes:
        label_seq: The user's last event that it has seen.
    """

    user_id: str
    snapshot: str
    algorithm: str
    label_seq: int


@dataclass(frozen=True, slots=True, eq=False)
class Believer:
    """What a catalogue must know of the snapshot under which it is read.

    Attributes:
        version: Of the snapshot: a stored belief of another version is not used.
        feature_digest: Which features the snapshot reads.
        believe: What the snapshot says of features.
    """

    version: str
    feature_digest: str
    believe: Callable[[TrackFeatures], Belief]


@dataclass(frozen=True, slots=True, eq=False)
class VoteChanges:
    """What became of votes since a revision.

    Attributes:
        revision: Ask from here the next time.
        counts: Of every track whose votes changed, as they are now; perhaps none any more.
    """

    revision: int
    counts: Mapping[str, QuadrantCounts]


class SketchedTracks(Protocol):
    """The sketches of a catalogue as they were at one moment, one row a track.

    Several processes share the memory that they lie in; they are read only.
    """

    @property
    def lineage(self) -> str:
        """Of two states of one lineage the shorter is how the longer begins, shown or not."""
        ...

    @property
    def revision(self) -> int:
        """Of the catalogue: no change before it is missing."""
        ...

    @property
    def rows(self) -> FloatMatrix:
        """Shape ``(n_rows, n_columns)``; some may be of tracks that are not shown any more."""
        ...

    @property
    def is_shown(self) -> NDArray[np.bool_]:
        """Which rows are of tracks that are shown now, each track in one row ``(n_rows,)``."""
        ...

    def track_ids(self, places: IntVector) -> list[str]:
        """Return whose rows these are."""
        ...

    def places(self, track_ids: Collection[str]) -> IntVector:
        """Return the row of each track, -1 for one that is not shown."""
        ...


class Sketches(Protocol):
    """Keeps the sketches of all tracks where every worker of the machine can read them."""

    def current(self) -> SketchedTracks:
        """Return them with every change of the catalogue that was committed before this call.

        Raises:
            StoreUnavailableError: They cannot be read, or brought up to the catalogue.
        """
        ...


class Catalogue(Protocol):
    """The registered tracks."""

    def get(self, track_id: str) -> TrackRecord:
        """Return a track with everything that is kept of it.

        Raises:
            TrackNotFoundError: There is none, or it was hidden.
        """
        ...

    def find(self, track_ids: Sequence[str]) -> list[Track | AttuneError]:
        """Return each track, or in its place a TrackNotFoundError or ForeignFeaturesError.

        The features of segments may be left out: they are in the belief.
        """
        ...

    def learnt_from(self, track_ids: Collection[str]) -> dict[str, Track]:
        """Return the tracks that answers stand on, hidden ones too, without their segments."""
        ...

    def outlines(self, track_ids: Collection[str]) -> dict[str, Outline]:
        """Return the same tracks as `learnt_from`, but nothing of them but their sketches."""
        ...

    def page(self, after: str, limit: int) -> list[TrackRecord]:
        """Return up to ``limit`` tracks whose ids follow ``after``, by id, without segments."""
        ...

    def put(
        self, track_id: str, features: TrackFeatures, content: Content, heading: Heading
    ) -> bool:
        """Register a track or give it other content; return whether the id was not in use.

        Raises:
            TrackLabelledError: Somebody's answer stands on other content.
        """
        ...

    def retitle(self, track_id: str, content: Content, heading: Heading) -> bool | None:
        """Name a track, and show it if it was hidden, if exactly this content is stored.

        Returns:
            Whether it was hidden; None if the content is not there, and nothing was done.
        """
        ...

    def hide(self, track_id: str) -> None:
        """Take a track away; its numbers stay while somebody's answer stands on them.

        Raises:
            TrackNotFoundError: There is none.
        """
        ...

    def changes_since(self, revision: int, limit: int) -> Changes:
        """Return the first ``limit`` changes after a revision; revision 0 is the beginning."""
        ...


class LabelLog(Protocol):
    """The append-only log of answers; the truth about every user."""

    def append(
        self, user_id: str, labels: Sequence[Label], call: RepeatableCall | None = None
    ) -> Appended:
        """Record the labels that are new, all or none; of a repeated call say the same again.

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


Topic = Literal["forgotten", "keys", "snapshot"]
"""What a notice can be about: users who were forgotten, API keys, the snapshot that is served."""


class Notices(Protocol):
    """How processes on all machines learn that there is something new to read."""

    def revisions(self) -> Mapping[str, int]:
        """Return each topic's revision, which grows whenever there is something new."""
        ...

    def announce(self, topic: Topic) -> int:
        """Tell of something new; return the topic's new revision."""
        ...


class PersonalModelStore(Protocol):
    """A cache of personal models that survives a restart; it may be emptied at any time."""

    def get(self, key: ModelKey) -> bytes | None:
        """Return the model of exactly this key, if it is there."""
        ...

    def put(self, key: ModelKey, blob: bytes) -> None:
        """Keep a model, unless the user's log has moved on from ``key.label_seq``."""
        ...


class Extractor(Protocol):
    """Hears audio and reads lyrics."""

    def audio(self, source: BinaryIO) -> AudioFeatures:
        """Return the features of a recording.

        Raises:
            AudioError: It cannot be used.
        """
        ...

    def lyrics(self, text: str) -> FloatVector | None:
        """Return the features of lyrics, or None where there is no word in them."""
        ...
