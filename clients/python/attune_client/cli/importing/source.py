"""What becomes a track: a recording of a folder, or a row of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from attune_client.cli.importing.journal import State
from attune_client.embeddings import Embeddings


@dataclass(frozen=True, slots=True)
class Content:
    """All that is sent of a track; None where there is none.

    Attributes:
        digest: Of all the rest.
        sizes: Modality to the numbers in its embedding.
    """

    digest: str
    title: str | None
    artist: str | None
    audio: Path | None = None
    lyrics: str | None = None
    embeddings: Embeddings = field(default_factory=Embeddings)
    audio_url: str | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def has_audio(self) -> bool:
        """Whether there is a recording or an embedding of one."""
        return self.audio is not None or self.embeddings.audio is not None


class Source(Protocol):
    """What a track is made of."""

    @property
    def track_id(self) -> str:
        """The track's id."""
        ...

    @property
    def place(self) -> str:
        """Where it is, for people."""
        ...

    def state(self) -> State:
        """Return what changes when the content does, found without reading that.

        Raises:
            OSError: It is gone.
        """
        ...

    def preview(self) -> list[str]:
        """Return title, artist, audio and lyrics as a few words each.

        Raises:
            OSError: It cannot be read.
            ValueError: It can be read, but not sent.
        """
        ...

    def read(self) -> Content:
        """Return what is sent.

        Raises:
            OSError: It cannot be read.
            ValueError: It can be read, but not sent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """What an import is to bring.

    Attributes:
        noun: What one of them is called.
        sizes: Modality to the numbers in its embeddings; empty for recordings.
    """

    sources: Sequence[Source]
    noun: str
    sizes: Mapping[str, int] = field(default_factory=dict)

    def counted(self, n: int) -> str:
        """Return a number of them in words."""
        return f"{n} {self.noun}{'' if n == 1 else 's'}"
