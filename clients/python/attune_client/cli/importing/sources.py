"""Sources of tracks: the recordings of a folder, or the rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from attune_client.cli.importing.journal import State
from attune_client.embeddings import Embeddings
from attune_client.replies import Notice


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that is sent of a track.

    Attributes:
        digest: Of the other fields.
        sizes: Length of the embedding by modality.
        notices: What of the source is not sent.
    """

    digest: str
    title: str | None
    artist: str | None
    audio: Path | None = None
    lyrics: bytes | None = None
    embeddings: Embeddings = field(default_factory=Embeddings)
    audio_url: str | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()

    @property
    def has_audio(self) -> bool:
        """Whether there is a recording or an audio embedding."""
        return self.audio is not None or self.embeddings.audio is not None


@dataclass(frozen=True, slots=True)
class Preview:
    """Title, artist, audio and lyrics in a few words each, and what is not sent."""

    cells: Sequence[str]
    notices: tuple[Notice, ...] = ()


class Source(Protocol):
    """A source of one track."""

    @property
    def track_id(self) -> str:
        """The track's id."""
        ...

    @property
    def place(self) -> str:
        """The place of the source, for messages."""
        ...

    @property
    def origin(self) -> str:
        """The path below the folder, which keeps its id; empty for a row."""
        ...

    def state(self) -> State:
        """Return values that change with the content, without reading it.

        Raises:
            OSError: The source is missing.
        """
        ...

    def preview(self) -> Preview:
        """Return what would be sent in a few words.

        Raises:
            OSError: The source cannot be read.
            ValueError: The content is invalid.
        """
        ...

    def read(self) -> Content:
        """Return the content.

        Raises:
            OSError: The source cannot be read.
            ValueError: The content is invalid.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of an import.

    Attributes:
        noun: The word for one source.
        sizes: Length of the embedding by modality; empty for recordings.
        left_out: Number of files that are not imported, by ending.
        unread: Folders that cannot be read, as place and reason.
        links: Links to folders, which are not followed.
    """

    sources: Sequence[Source]
    noun: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    unread: Sequence[tuple[str, str]] = ()
    links: Sequence[str] = ()

    def counted(self, n: int) -> str:
        """Return a number of sources in words."""
        return f"{n} {self.noun}{'' if n == 1 else 's'}"
