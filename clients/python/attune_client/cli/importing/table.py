"""The rows of a CSV file of embeddings, each read when it is needed."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from attune_client.cli.importing.columns import Columns
from attune_client.cli.importing.journal import State
from attune_client.cli.importing.source import Content

LARGEST_CELL = 1 << 24
"""Letters of a cell; the largest embedding has less than half a million."""
_MARK = b"\xef\xbb\xbf"
"""What some programs put before text in UTF-8."""


class TableError(ValueError):
    """A table that cannot be imported, as a sentence."""


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a row, or of the header, which is number 0.

    Attributes:
        start: Its first byte in the file.
        end: The byte after its last.
    """

    number: int
    start: int
    end: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; its numbers stay in the file until they are sent.

    Attributes:
        number: Counted from 1 after the header.
        start: Its first byte in the file.
        end: The byte after its last.
        digest: Of what is sent of it.
        words: Its preview.
    """

    track_id: str
    path: Path
    columns: Columns
    number: int
    start: int
    end: int
    digest: str
    words: tuple[str, ...]

    @property
    def place(self) -> str:
        """The file and the row."""
        return f"{self.path}, row {self.number}"

    def state(self) -> State:
        """Return what changes when the row does."""
        return [self.digest]

    def preview(self) -> list[str]:
        """Return title, artist, and how many numbers it has of audio and lyrics."""
        return list(self.words)

    def read(self) -> Content:
        """Return what is sent of it.

        Raises:
            OSError: The file cannot be read.
            TableError: It says something else than when it was looked through.
        """
        with self.path.open("rb") as file:
            file.seek(self.start)
            raw = file.read(self.end - self.start)
        try:
            (cells,) = csv.reader([raw.decode()], strict=True)
            content = self.columns.content(cells)
        except (csv.Error, ValueError):
            content = None
        if content is None or content.digest != self.digest:
            raise TableError("The file has changed since the import began; run it again.")
        return content


def read_records(path: Path) -> Iterator[Record]:
    """Yield the header and the rows of a CSV file in UTF-8; lines without anything are left out.

    Raises:
        OSError: It cannot be read.
        TableError: It is no CSV file.
    """
    csv.field_size_limit(LARGEST_CELL)  # the default is less than a long embedding
    number = 0
    with path.open("rb") as file:
        lines = _Lines(file)
        rows = csv.reader(lines, strict=True)
        try:
            start = 0
            for cells in rows:
                if cells:
                    yield Record(number, start, lines.offset, cells)
                    number += 1
                start = lines.offset
        except (csv.Error, UnicodeDecodeError) as error:
            where = f"row {number}" if number else "the header"
            raise TableError(f"{path}, {where}: this is no CSV in UTF-8: {error}.") from error


class _Lines:
    """The lines of a file, and how far they were read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.offset = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._file.readline()
        if not line:
            raise StopIteration
        text = line if self.offset else line.removeprefix(_MARK)
        self.offset += len(line)
        return text.decode()
