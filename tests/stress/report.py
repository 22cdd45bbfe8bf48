"""Results of the stress tests: figures beside their bounds, stored as JSON, shown as Markdown."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

HEAD = ("part", "database", "what", "figure", "bound", "held")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        what: What was counted or timed.
        figure: The figure with its unit.
        bound: Its bound; empty where a figure has none.
    """

    part: str
    database: str
    what: str
    figure: str
    bound: str = ""
    is_held: bool = True

    @property
    def verdict(self) -> str:
        if not self.is_held:
            return "**no**"
        return "yes" if self.bound else ""


@dataclass(frozen=True, slots=True)
class Result:
    """What one part measured on one database.

    Attributes:
        commit: The working copy's commit, with a plus if the copy has changes.
        ended_at: In UTC, to the minute.
        seconds: How long the part took.
    """

    part: str
    database: str
    commit: str
    ended_at: str
    seconds: float
    rows: tuple[Row, ...]

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> "Result":
        fields = json.loads(path.read_text())
        return cls(**fields | {"rows": tuple(Row(**row) for row in fields["rows"])})


def failed(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that exceed their bound."""
    return [row for row in rows if not row.is_held]


def table(rows: Sequence[Row]) -> str:
    """Format rows as a Markdown table with aligned columns."""
    cells = [(r.part, r.database, r.what, r.figure, r.bound, r.verdict) for r in rows]
    lines = [HEAD, tuple("---" for _ in HEAD), *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    padded = [[c.ljust(w) for c, w in zip(line, widths, strict=True)] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)


def page(results: Sequence[Result]) -> str:
    """Format the report page of full runs."""
    rows = [row for result in results for row in result.rows]
    held = "**Not every bound is held.**" if failed(rows) else "Every bound is held."
    memory_gb = psutil.virtual_memory().total / 1e9
    machine = f"{os.cpu_count()} cores, {memory_gb:.0f} GB of memory, {platform.system()}"
    runs = [
        f"| {r.part} | {r.database} | {r.commit} | {r.ended_at} | {r.seconds:.0f} |"
        for r in results
    ]
    lines = [
        "# Stress tests",
        "",
        f"Printed by `make stress` (`python -m tests.stress`). {held}",
        "",
        f"Machine: {machine}, Python {platform.python_version()}. Servers, clients and databases"
        " share it.",
        "",
        table(rows),
        "",
        "| part | database | commit | ended (UTC) | seconds |",
        "|---|---|---|---|---|",
        *runs,
        "",
    ]
    return "\n".join(lines)
