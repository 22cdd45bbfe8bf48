"""``make stress``: kill, fill, flood and fuzz a running service; print figures beside bounds.

Each part runs in a process of its own with a time limit; a part that fails becomes a row of the
table and the others continue. Results are stored, so the report can be written again.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click
import psutil

from models.command_line import HELP_OPTIONS
from tests.stress.context import BOTH, N_POSTS, SOAK_MINUTES, part_named, prepared
from tests.stress.report import Result, Row, failed, page, table

PARTS = (
    "kills",
    "disk_full",
    "corrupt_snapshots",
    "load",
    "soak",
    "contract",
    "fuzz_audio",
    "hostile",
    "overhead",
    "rolling",
    "backup",
)
FOLDER = Path("runs/stress")
REPORT = Path("reports/stress/README.md")
STOP_S = 45.0
"""How long a part that exceeds its time limit may take to end what it started."""


@dataclass(frozen=True, slots=True)
class Task:
    """One part on one database, and the folder of its files."""

    part: str
    database: str
    folder: Path
    is_short: bool
    n_posts: int
    soak_minutes: float

    @property
    def result(self) -> Path:
        return self.folder / f"{self.part}-{self.database}.json"

    @property
    def limit_s(self) -> float:
        return part_named(self.part).LIMIT_S[self.is_short]

    def save(self, seconds: float, rows: Sequence[Row]) -> None:
        ended_at = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
        row = Result(self.part, self.database, _commit(), ended_at, seconds, tuple(rows))
        row.save(self.result)


@click.command(context_settings=HELP_OPTIONS)
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option(
    "--database",
    type=click.Choice([*BOTH, "both"]),
    default="both",
    show_default=True,
    help="Database to run on.",
)
@click.option("--short", is_flag=True, help="Do less of everything.")
@click.option(
    "--posts",
    type=click.IntRange(min=1),
    default=N_POSTS,
    show_default=True,
    help="Posts that `kills` sends in a full run.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0.5, 12.0),
    default=SOAK_MINUTES,
    show_default=True,
    help="Minutes that `soak` takes in a full run.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=FOLDER,
    show_default=True,
    help="Folder of logs and results.",
)
@click.option("--draw", is_flag=True, help="Run nothing; print the table of stored results.")
@click.option("--inside", is_flag=True, hidden=True)
def main(  # noqa: PLR0913  # as many as there are options
    parts: Sequence[str],
    *,
    database: str,
    short: bool,
    posts: int,
    minutes: float,
    folder: Path,
    draw: bool,
    inside: bool,
) -> None:
    """Run PARTS, or all, against a running service, and print figures beside their bounds.

    The exit status is 1 if a figure exceeds its bound.
    """
    tasks = [
        Task(part, each, folder / ("short" if short else "full"), short, posts, minutes)
        for part in parts or PARTS
        for each in part_named(part).DATABASES
        if database in (each, "both")
    ]
    if inside:
        _run_inside(tasks[0])
        return
    if not draw:
        most = sum(task.limit_s for task in tasks) / 60
        _say(f"{len(tasks)} runs, at most {most:.0f} minutes; logs in {tasks[0].folder}.")
        for task in tasks:
            _run(task)
    results = [Result.load(task.result) for task in tasks if task.result.exists()]
    rows = [row for result in results for row in result.rows]
    _say(f"\n{table(rows)}\n")
    if not short:
        _write_page(folder / "full")
    _say(f"{len(failed(rows))} of {len(rows)} rows exceed their bound.")
    sys.exit(1 if failed(rows) else 0)


def _run_inside(task: Task) -> None:
    """Run a part in this process, and store its result."""
    signal.signal(signal.SIGTERM, _leave)
    started = time.monotonic()
    place = task.result.with_suffix("")
    sizes = {"n_posts": task.n_posts, "soak_minutes": task.soak_minutes}
    with prepared(task.part, task.database, place, is_short=task.is_short, **sizes) as context:
        rows = part_named(task.part).run(context)
    task.save(time.monotonic() - started, rows)


def _run(task: Task) -> None:
    """Run a part in a process of its own; store a failed row if it stores no result."""
    task.result.unlink(missing_ok=True)
    options = ["--database", task.database, "--folder", str(task.folder.parent), "--inside"]
    options += ["--posts", str(task.n_posts), "--minutes", str(task.soak_minutes)]
    options += ["--short"] if task.is_short else []
    process = psutil.Popen([sys.executable, "-m", "tests.stress", task.part, *options])
    try:
        reason = f"ended with status {process.wait(task.limit_s)}"
    except psutil.TimeoutExpired:
        reason = f"took longer than {task.limit_s:.0f} s"
    finally:
        _end(process)
    if not task.result.exists():
        whole = "the part as a whole"
        task.save(
            task.limit_s,
            [Row(task.part, task.database, whole, reason, "finishes", is_held=False)],
        )
    _say(table(Result.load(task.result).rows))


def _end(process: psutil.Popen) -> None:
    """End a part that still runs, first by SIGTERM, and all that it started."""
    with suppress(psutil.NoSuchProcess):
        family = [process, *process.children(recursive=True)]
        process.terminate()
        for survivor in psutil.wait_procs([process], STOP_S)[1] + family[1:]:
            with suppress(psutil.NoSuchProcess):
                survivor.kill()


def _write_page(folder: Path) -> None:
    runs = [(part, name) for part in PARTS for name in part_named(part).DATABASES]
    stored = {run: folder / f"{run[0]}-{run[1]}.json" for run in runs}
    results = [Result.load(path) for path in stored.values() if path.exists()]
    missing = [f"{part} on {name}" for (part, name), path in stored.items() if not path.exists()]
    if results:
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(page(results, missing))


def _commit() -> str:
    """Return the commit of the working copy, with a plus if the copy has changes."""
    head, changes = (
        subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603  # our own commands
        for command in (
            ["git", "rev-parse", "--short", "HEAD"],
            ["git", "status", "--porcelain"],
        )
    )
    return f"{head or 'unknown'}{'+' if changes else ''}"


def _leave(number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + number)  # so that context managers end what was started


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
