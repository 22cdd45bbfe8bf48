"""Reads the rows of a CSV file of embeddings on demand."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from attune_client.cli.importing.columns import Columns
from attune_client.cli.importing.journal import State
from attune_client.cli.importing.sources import Content, Preview
from attune_client.replies import Notice

MAX_CELL = 1 << 24
"""Characters of a cell; the largest embedding has less than half a million."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class TableError(ValueError):
    """A table cannot be imported; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a row, or of the header.

    Attributes:
        line: Number of the first line in an editor.
        start: Offset in the file, in bytes.
        end: Offset of the end.
    """

    line: int
    start: int
    end: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; its numbers stay in the file until the upload.

    Attributes:
        line: Number of the first line in an editor.
        start: Offset in the file, in bytes.
        end: Offset of the end.
        digest: Of the content.
        words: The preview.
        notices: What of the row is not sent.
    """

    track_id: str
    path: Path
    columns: Columns
    line: int
    start: int
    end: int
    digest: str
    words: tuple[str, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def place(self) -> str:
        """The file and the line."""
        return f"{self.path}, line {self.line}"

    def state(self) -> State:
        """Return the digest, which changes with the content."""
        return [self.digest]

    @property
    def origin(self) -> str:
        """Empty: the id comes from the row."""
        return ""

    def preview(self) -> Preview:
        """Return title, artist, and the lengths of both embeddings."""
        return Preview(self.words, self.notices)

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
    with path.open("rb") as file:
        lines = _Lines(file)
        rows = csv.reader(lines, strict=True)
        line, start = 1, 0
        try:
            for cells in rows:
                if len(cells) > 1 or "".join(cells).strip():
                    yield Record(line, start, lines.offset, cells)
                line, start = lines.count + 1, lines.offset
        except UnicodeDecodeError as error:
            byte = f"the byte 0x{error.object[error.start]:02x}"
            raise TableError(f"{path}, line {lines.count}: {byte} is not UTF-8.") from error
        except csv.Error as error:
            reason = _reason(error)
            raise TableError(f"{path}, line {line}: no row of a table: {reason}.") from error


def _reason(error: csv.Error) -> str:
    reason = str(error)
    if "unexpected end" in reason:
        return "a quotation mark is not closed"
    if "expected after" in reason:
        return "a cell goes on behind its quotation mark; cells are separated by commas"
    return reason


class _Lines:
    """The lines of a file, with the number and the end of the last line that was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._unread: deque[bytes] = deque()
        self.count = 0
        self.offset = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if not self._unread:
            self._unread.extend(_LINE.findall(self._file.readline()))
        if not self._unread:
            raise StopIteration
        line = self._unread.popleft()
        self.count += 1
        if b"\0" in line:
            raise csv.Error("it holds the character U+0000, as texts in UTF-16 do")
        text = line if self.offset else line.removeprefix(_BYTE_ORDER_MARK)
        self.offset += len(line)
        return text.decode()
