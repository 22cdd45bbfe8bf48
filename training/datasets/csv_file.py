"""Reads CSV files as text: every row must have as many cells as the header."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from models.errors import DatasetError

LARGEST_CELL = 1 << 24
"""Characters of a cell; the largest embedding has less than half a million."""
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_LINE_END = re.compile(rb"\r\n|\r|\n")
_MOST_SHOWN = 120


def read_rows(path: Path, separator: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield the header and the rows, each with the number of its first line in an editor.

    Blank lines and a byte order mark are skipped. Line ends may be LF, CRLF or CR.

    Raises:
        DatasetError: The file is missing, empty, not CSV in UTF-8, or a row has more or fewer
            cells than the header.
    """
    if not path.is_file():
        raise DatasetError(f"{path} is missing.")
    rows = _rows(path, separator)
    header = next(rows, None)
    if header is None:
        raise DatasetError(f"{path} is empty; a table begins with the names of its columns.")
    yield header
    _, names = header
    for line, cells in rows:
        if len(cells) != len(names):
            raise DatasetError(
                f"{path} line {line} has {_cells(len(cells))} and the header has {len(names)}:"
                f" {_shown(cells, separator)} under {_shown(names, separator)}."
                f"{_row_names(cells, names)}"
            )
        yield line, cells


def check_names(path: Path, line: int, names: Sequence[str], separator: str = ",") -> None:
    """Check the names of columns.

    The first may be empty: pandas writes its index without a name.

    Raises:
        DatasetError: A name is empty, has blanks around it or occurs twice, or another separator
            stands between the names.
    """
    found = [other for other in _SEPARATORS if len(names) == 1 and other in names[0]]
    if found:
        raise DatasetError(
            f"{path} line {line} separates its cells by {_SEPARATORS[found[0]]}; they must be"
            f" separated by {_SEPARATORS[separator]}, and numbers need a decimal point."
        )
    earlier: set[str] = set()
    for place, name in enumerate(names, start=1):
        if name != name.strip():
            raise DatasetError(
                f"{path} line {line}: the column {name!r} has blanks around its name; write"
                f" {name.strip()!r}."
            )
        if not name and place > 1:
            raise DatasetError(
                f"{path} line {line}: column {place} of {len(names)} has no name: "
                f"{_shown(names, separator)}."
            )
        if name in earlier:
            raise DatasetError(f"{path} line {line}: two columns are called {name!r}.")
        earlier.add(name)


def _rows(path: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LARGEST_CELL)  # the default is too small for a long embedding
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(_without_nul(file, path), delimiter=separator, strict=True)
            for cells in rows:
                if len(cells) > 1 or "".join(cells).strip():
                    yield line, cells
                line = rows.line_num + 1
    except csv.Error as error:
        reason = _reason(error, separator)
        raise DatasetError(f"{path} line {line} is not a row of a table: {reason}.") from error
    except UnicodeDecodeError as error:
        raise DatasetError(_wrong_byte(path)) from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}.") from error


def _reason(error: csv.Error, separator: str) -> str:
    reason = str(error)
    if "unexpected end" in reason:
        return "a quotation mark is not closed"
    if "expected after" in reason:
        return (
            f"a cell goes on behind its quotation mark; cells are separated by"
            f" {_SEPARATORS[separator]}"
        )
    return reason


def _row_names(cells: Sequence[str], names: Sequence[str]) -> str:
    """Return what to do about R's names of rows, which have no name in the header."""
    is_possible = len(cells) == len(names) + 1 and cells[-1]
    return " R leaves out names of rows with row.names = FALSE." if is_possible else ""


def _cells(n: int) -> str:
    return f"{n} cell{'' if n == 1 else 's'}"


def _without_nul(lines: Iterable[str], path: Path) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if "\0" in line:
            raise DatasetError(
                f"{path} line {number} holds the character U+0000, as texts in UTF-16 do; save the"
                " table in UTF-8."
            )
        yield line


def _wrong_byte(path: Path) -> str:
    data = path.read_bytes()
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = len(_LINE_END.split(data[: error.start]))
        byte = f"the byte 0x{data[error.start]:02x} in line {line}"
        return f"{path} is not in UTF-8: {byte} (byte {error.start + 1}). Save the table in UTF-8."
    return f"{path} changed while it was read."


def _shown(cells: Sequence[str], separator: str) -> str:
    text = separator.join(cells)
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")
