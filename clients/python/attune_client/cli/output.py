"""Output: text, tables, JSON and files."""

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


class OutputPath(click.Path):
    """The path of a file to write, in a folder that exists."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Return the path."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"There is no folder {str(path.parent)!r}.", param, ctx)
        return path


OUTPUT = OutputPath(dir_okay=False)


def make_console(*, errors: bool = False) -> Console:
    """Return the terminal, without markup."""
    return Console(stderr=errors, markup=False, emoji=False, highlight=False)


def can_show(text: str, console: Console) -> bool:
    """Return whether the terminal's encoding has these characters."""
    try:
        text.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def echo_json(value: object) -> None:
    """Print a value as one line of JSON."""
    click.echo(json.dumps(value, default=_jsonable))


def columns(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, with columns two blanks apart."""
    every = [list(head), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    for row in every:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(padded).rstrip()


@contextmanager
def atomic_file(path: Path) -> Iterator[TextIO]:
    """Provide a file that appears at ``path`` when it is complete, or not at all.

    Raises:
        OSError: The file cannot be written.
    """
    try:
        handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        error.filename = path.parent  # not the temporary file
        raise
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(unfinished).chmod(0o666 & ~mask)  # mkstemp sets 0o600
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)


def replace_unencodable() -> None:
    """Print "?" for characters that the terminal lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _jsonable(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} is not JSON")
