"""Tracks, and where they are registered, heard and kept."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, IntVector
from models.emotion import Modality
from models.errors import AttuneError
from models.track import AudioFeatures, Belief, Outline, Track, TrackFeatures


@dataclass(frozen=True, slots=True)
class Content:
    """Fingerprints of what a track was made from: SHA-256 in hex, None for what is missing.

    Of a recording and of lyrics, or of the embeddings that a caller made of them.
    """

    audio_sha256: str | None
    lyrics_sha256: str | None

    @property
    def has_audio(self) -> bool:
        """Whether it was made from audio."""
        return self.audio_sha256 is not None

    @property
    def has_lyrics(self) -> bool:
        """Whether it was made from lyrics."""
        return self.lyrics_sha256 is not None


@dataclass(frozen=True, slots=True)
class Heading:
    """What a track is called, and where its recording can be heard.

    Attributes:
        audio_url: For browsers; nothing here ever fetches it.
    """

    title: str | None = None
    artist: str | None = None
    audio_url: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TrackRecord:
    """A track of the catalogue with all that is known of it.

    Attributes:
        track: None if it was registered with other features than the snapshot reads.
        content: What of audio and lyrics it was made from.
        duration_s: Length of the recording; None without one, or where a caller embedded it.
        is_kept: Whether the recording is kept, so that it can be heard again.
    """

    track_id: str
    track: Track | None
    heading: Heading
    content: Content
    duration_s: float | None
    created_at: datetime
    updated_at: datetime
    is_kept: bool = False


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
class Believer:
    """What a catalogue must know of the snapshot under which it is read.

    Attributes:
        version: Of the snapshot: a stored belief of another version is not used.
        feature_digest: Which features the snapshot reads.
        believe: What the snapshot says of features.
        reads_embeddings: Whether the features are callers' own embeddings.
    """

    version: str
    feature_digest: str
    believe: Callable[[TrackFeatures], Belief]
    reads_embeddings: bool = False

    def is_other_content(self, stored: Content, stored_digest: str, new: Content) -> bool:
        """Whether what is put under a track's id cannot be the same track.

        Another encoder makes other numbers of one and the same recording.
        """
        is_reencoded = self.reads_embeddings and stored_digest != self.feature_digest
        return stored != new and not is_reencoded


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

    def headings(self, track_ids: Collection[str]) -> dict[str, Heading]:
        """Return what those of these tracks that are there are called; hidden ones, nothing."""
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

    def content_of(self, track_id: str) -> Content | None:
        """Return what a track was made from, a hidden one too; None where there is none."""
        ...

    def playable(self, track_ids: Collection[str]) -> set[str]:
        """Return those of these tracks that can be heard: kept, or with an ``audio_url``."""
        ...

    def audio_in_use(self, sha256s: Collection[str]) -> set[str]:
        """Return those of these recordings that a track which is shown was made from."""
        ...


class Recordings(Protocol):
    """Keeps recordings by what is in them, so that they can be heard again."""

    def has(self, sha256: str | None) -> bool:
        """Whether a recording is kept."""
        ...

    def find(self, sha256: str | None) -> Path | None:
        """Return the file of a recording, if it is kept."""
        ...

    def kept(self, sha256: str | None, audio: BinaryIO | None) -> AbstractContextManager[None]:
        """Keep a recording, and let nobody remove it before the block has ended.

        Args:
            sha256: What names it; None keeps nothing.
            audio: Is read from its beginning, and left there.

        Raises:
            AudioStoreError: It cannot be written; nothing of it is left.
        """
        ...

    def let_go(
        self, sha256s: Collection[str | None], in_use: Callable[[Collection[str]], set[str]]
    ) -> None:
        """Remove those of these recordings that are not in use.

        Args:
            sha256s: What names them; None is nothing.
            in_use: Tells, while nobody can keep one of them, which must stay.
        """
        ...

    def sweep(self, in_use: Callable[[Collection[str]], set[str]]) -> int:
        """Remove what is not in use, and what was left half-written; return how many."""
        ...


class Extractor(Protocol):
    """Makes features: of recordings and lyrics, or of the embeddings that callers made of them."""

    @property
    def digest(self) -> str:
        """Which features these are, in hexadecimal."""
        ...

    def audio(self, source: BinaryIO) -> AudioFeatures:
        """Return the features of a recording.

        Raises:
            AudioError: It cannot be used.
            UnreadInputError: Embeddings are read in the place of recordings.
        """
        ...

    def lyrics(self, text: str) -> FloatVector | None:
        """Return the features of lyrics, or None where there is no word in them.

        Raises:
            UnreadInputError: Embeddings are read in the place of lyrics.
        """
        ...

    def embedding(self, modality: Modality, numbers: Sequence[float]) -> FloatVector:
        """Return a caller's own embedding as features ``(n_features,)``.

        Raises:
            EmbeddingSizeError: It has more or fewer numbers than are read.
            UnreadInputError: Recordings and lyrics are read, and no embeddings.
        """
        ...

    def warm_up(self) -> None:
        """Do what the first calls would wait for."""
        ...

    def check(self) -> None:
        """Raise whatever is raised where the encoders do not answer."""
        ...
