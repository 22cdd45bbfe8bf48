"""Reads the rows of a CSV file of embeddings on demand."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from attune_client.cli.importing.columns import Columns
from attune_client.cli.importing.journal import State
from attune_client.cli.importing.sources import Content

MAX_CELL = 1 << 24
"""Characters of a cell; the largest embedding has less than half a million."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class TableError(ValueError):
    """A table cannot be imported; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a row, or of the header, which is number 0.

    Attributes:
        start: Offset in the file, in bytes.
        end: Offset of the end.
    """

    number: int
    start: int
    end: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; its numbers stay in the file until the upload.

    Attributes:
        number: Counted from 1 after the header.
        start: Offset in the file, in bytes.
        end: Offset of the end.
        digest: Of the content.
        words: The preview.
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
        """Return the digest, which changes with the content."""
        return [self.digest]

    def preview(self) -> list[str]:
        """Return title, artist, and the lengths of both embeddings."""
        return list(self.words)

    def read(self) -> Content:
        """Return the content.

        Raises:
            OSError: The file cannot be read.
            TableError: The row has changed since the check.
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
            raise TableError("The file has changed since the import began; run the command again.")
        return content


def read_records(path: Path) -> Iterator[Record]:
    """Yield the header and the rows of a CSV file in UTF-8, without empty lines.

    Raises:
        OSError: The file cannot be read.
        TableError: The file is not CSV in UTF-8.
    """
    csv.field_size_limit(MAX_CELL)  # the default is too small for a long embedding
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
            raise TableError(f"{path}, {where}: not CSV in UTF-8: {error}.") from error


class _Lines:
    """The lines of a file, with the offset after the last line that was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.offset = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._file.readline()
        if not line:
            raise StopIteration
        text = line if self.offset else line.removeprefix(_BYTE_ORDER_MARK)
        self.offset += len(line)
        return text.decode()
