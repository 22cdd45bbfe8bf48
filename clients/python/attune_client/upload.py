"""Uploads of recordings and lyrics, which every attempt reads again."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO, Self

Audio = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""A path, bytes, or an open binary file (read from its position)."""
Lyrics = str | bytes | Path | BinaryIO
"""The text itself, or a file of it as for ``Audio``, in any encoding: the service reads it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A named file that can be opened repeatedly: a recording, or lyrics."""

    filename: str
    source: Path | bytes

    @classmethod
    def of(cls, content: Audio, field: str) -> Self:
        """Return the content of a field of a form as an upload.

        An open file is read into memory; a path is streamed in each attempt, which suits large
        files.

        Raises:
            TypeError: It is none of the accepted types, or a file that is open in text mode.
        """
        if isinstance(content, bytes | bytearray | memoryview):
            return cls(field, bytes(content))
        if isinstance(content, str | os.PathLike):
            path = Path(content)
            return cls(_filename(path.name) or field, path)
        return cls(_filename(getattr(content, "name", "")) or field, _read(content, field))

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


def _read(file: object, field: str) -> bytes:
    if not hasattr(file, "read"):
        raise TypeError(
            f"{field} is of type {type(file).__name__}; "
            "a path, bytes or a file that is open in binary mode is needed"
        )
    content = None if isinstance(file, io.TextIOBase) else file.read()
    if not isinstance(content, bytes):
        raise TypeError(f"{field} is a file that is open in text mode; open it with mode 'rb'")
    return content


def _filename(name: object) -> str:
    """Return the last part of a file's name, which may be no text or invalid UTF-8."""
    last = PurePath(name).name if isinstance(name, str) else ""
    return last.encode("utf-8", "replace").decode()
