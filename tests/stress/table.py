"""What the stress tests found: figures beside their bounds, kept as JSON, drawn as Markdown."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HEAD = ("part", "database", "what", "figure", "bound", "held")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        database: Which kind it was measured on.
        what: What was counted or timed, and under which circumstances.
        figure: As one would say it, with its unit.
        bound: What it has to be; empty where a figure is only stated.
    """

    part: str
    database: str
    what: str
    figure: str
    bound: str = ""
    is_held: bool = True

    @property
    def verdict(self) -> str:
        """Whether the bound is held, in a word."""
        if not self.is_held:
            return "**no**"
        return "yes" if self.bound else ""


@dataclass(frozen=True, slots=True)
class Result:
    """What one part found on one database.

    Attributes:
        commit: Of which the working copy was, with a plus if it differed.
        ended_at: In UTC, to the minute.
        seconds: How long the part took.
    """

    part: str
    database: str
    commit: str
    ended_at: str
    seconds: float
    rows: tuple[Row, ...]

    def keep(self, path: Path) -> None:
        """Write the result to a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def kept(cls, path: Path) -> "Result":
        """Return the result that a file holds."""
        told = json.loads(path.read_text())
        return cls(**told | {"rows": tuple(Row(**row) for row in told["rows"])})


def failed(rows: Iterable[Row]) -> list[Row]:
    """Return the rows whose bound is not held."""
    return [row for row in rows if not row.is_held]


def drawn(rows: Sequence[Row]) -> str:
    """Return rows as a table that Markdown and people read."""
    cells = [
        (row.part, row.database, row.what, row.figure, row.bound, row.verdict) for row in rows
    ]
    lines = [HEAD, tuple("---" for _ in HEAD), *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"
