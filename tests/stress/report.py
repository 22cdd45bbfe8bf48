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


def page(results: Sequence[Result], missing: Sequence[str] = ()) -> str:
    """Format the report page of full runs: a summary, rows that are not held, all rows.

    Args:
        results: What was measured, in the order of the page.
        missing: Parts that were not run, each with its database.
    """
    rows = [row for result in results for row in result.rows]
    bad = failed(rows)
    memory_gb = psutil.virtual_memory().total / 1e9
    machine = f"{os.cpu_count()} cores, {memory_gb:.0f} GB of memory, {platform.system()}"
    bounded = [row for row in rows if row.bound]
    lines = [
        "# Stress tests",
        "",
        f"Printed by `make stress` (`python -m tests.stress`). {len(bounded) - len(bad)} of"
        f" {len(bounded)} bounds are held.",
        "",
        *([f"**Not run: {', '.join(missing)}.**", ""] if missing else []),
        f"Machine: {machine}, Python {platform.python_version()}. Servers, clients and databases"
        " share it. A plus behind a commit: the working copy had changes.",
        "",
        "## Summary",
        "",
        "| part | database | bounds held | not held | seconds | commit | ended (UTC) |",
        "|---|---|---|---|---|---|---|",
        *(_summary(result) for result in results),
        "",
        "## Not held",
        "",
        table(bad) if bad else "Every bound is held.",
        "",
        "## All rows",
        "",
        table(rows),
        "",
    ]
    return "\n".join(lines)


def _summary(result: Result) -> str:
    n_bad = len(failed(result.rows))
    n_held = sum(bool(row.bound) for row in result.rows) - n_bad
    shown = f"**{n_bad}**" if n_bad else "0"
    cells = (result.part, result.database, n_held, shown, f"{result.seconds:.0f}")
    return f"| {' | '.join(map(str, cells))} | {result.commit} | {result.ended_at} |"
