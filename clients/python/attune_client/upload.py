"""Audio on its way to the service, readable again for every attempt."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO, Self

Audio = Path | bytes | BinaryIO
"""A file by its path, its bytes, or an open binary file (read from where it stands)."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A named recording that can be opened any number of times."""

    filename: str
    source: Path | bytes

    @classmethod
    def of(cls, audio: Audio) -> Self:
        """Return ``audio`` as an upload; an open file is read to its end, once, here.

        A path is opened anew for each attempt and streamed, so large files belong there.
        """
        if isinstance(audio, bytes):
            return cls("audio", audio)
        if isinstance(audio, Path):
            return cls(_sendable(audio.name), audio)
        return cls(_sendable(getattr(audio, "name", "")), audio.read())

    @contextmanager
    def opened(self) -> Iterator[bytes | BinaryIO]:
        """Provide the content from its first byte.

        Raises:
            OSError: The file cannot be opened.
        """
        if isinstance(self.source, bytes):
            yield self.source
            return
        with self.source.open("rb") as file:
            yield file


def _sendable(name: object) -> str:
    """Return the last part of a file's name; it may be no text, or no valid UTF-8."""
    last = PurePath(name).name if isinstance(name, str) else ""
    return last.encode("utf-8", "replace").decode() or "audio"
