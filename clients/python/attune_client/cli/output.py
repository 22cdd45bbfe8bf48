"""What the command writes: text for people, JSON for programs."""

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO

import click
from rich.console import Console


def make_console(*, errors: bool = False) -> Console:
    """Return the terminal; text is shown as it is, with no markup in it."""
    return Console(stderr=errors, markup=False, emoji=False, highlight=False)


def can_show(text: str, console: Console) -> bool:
    """Whether a terminal has these characters."""
    try:
        text.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def say_json(value: object) -> None:
    """Write a value as one line of JSON."""
    click.echo(json.dumps(value, default=_plain))


def columns(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, columns apart by two blanks; nothing is cut off."""
    every = [list(head), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    for row in every:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(padded).rstrip()


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Lend a file that appears under its name when it is finished, or not at all.

    Raises:
        OSError: It cannot be written.
    """
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(unfinished).chmod(0o666 & ~mask)  # mkstemp makes it private
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)


def be_lenient() -> None:
    """Let no letter that a terminal lacks stop the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} is no JSON")
