"""``make stress``: does its worst to a running service, and prints figures beside their bounds.

Each part runs in a process of its own, for no longer than its bound; one that fails is a row of
the table, and the others go on. Results are kept, so that one part can be run again and the
report drawn anew from all of them.
"""

import os
import platform
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click
import psutil

from models.command_line import HELP_OPTIONS
from tests.stress.one import Task, commit, now, part_named
from tests.stress.plan import BOTH, N_POSTS
from tests.stress.table import Result, Row, drawn, failed

PARTS = ("kills", "disks", "snapshots", "load", "soak", "contract", "audio", "doors", "cost")
FOLDER = Path("runs/stress")
REPORT = Path("reports/stress/README.md")
PARTING_S = 45.0
"""How long a part that has run too long may take to end what it started."""


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
    "--folder",
    type=click.Path(path_type=Path),
    default=FOLDER,
    show_default=True,
    help="Folder of logs and results.",
)
@click.option("--draw", is_flag=True, help="Run nothing; print the table of kept results.")
def main(  # noqa: PLR0913  # as many as there are options
    parts: Sequence[str], *, database: str, short: bool, posts: int, folder: Path, draw: bool
) -> None:
    """Run PARTS, or all, against a running service, and print figures beside their bounds.

    The exit status is 1 if a figure exceeds its bound.
    """
    chosen = [
        Task(part, each, folder / ("short" if short else "full"), short, posts)
        for part in parts or PARTS
        for each in part_named(part).DATABASES
        if database in (each, "both")
    ]
    if not draw:
        _say(_outline(chosen))
        for task in chosen:
            _do(task)
    results = [Result.kept(task.result) for task in chosen if task.result.exists()]
    rows = [row for result in results for row in result.rows]
    _say(f"\n{drawn(rows)}\n")
    if not short:
        _report(folder / "full")
    _say(f"{len(failed(rows))} of {len(rows)} rows do not hold what they promise.")
    sys.exit(1 if failed(rows) else 0)


def _outline(tasks: Sequence[Task]) -> str:
    minutes = sum(task.bound_s for task in tasks) / 60
    return f"{len(tasks)} runs, at most {minutes:.0f} minutes together; logs in {tasks[0].folder}."


def _do(task: Task) -> None:
    """Run a part in a process of its own; one that fails leaves a row that says so."""
    task.result.unlink(missing_ok=True)
    process = psutil.Popen(task.command)
    try:
        reason = f"ended with status {process.wait(task.bound_s)}"
    except psutil.TimeoutExpired:
        reason = f"took longer than {task.bound_s:.0f} s"
    finally:
        _end(process)
    if not task.result.exists():
        row = Row(
            task.part, task.database, "the part as a whole", reason, "finishes", is_held=False
        )
        Result(task.part, task.database, commit(), now(), task.bound_s, (row,)).keep(task.result)
    _say(drawn(Result.kept(task.result).rows))


def _end(process: psutil.Popen) -> None:
    """End a part that still runs, kindly at first, and all that it started."""
    with suppress(psutil.NoSuchProcess):
        family = [process, *process.children(recursive=True)]
        process.terminate()
        for survivor in psutil.wait_procs([process], PARTING_S)[1] + family[1:]:
            with suppress(psutil.NoSuchProcess):
                survivor.kill()


def _report(folder: Path) -> None:
    """Draw all that is kept of full runs."""
    results = sorted((Result.kept(path) for path in folder.glob("*.json")), key=_place)
    if not results:
        return
    rows = [row for result in results for row in result.rows]
    runs = [
        f"| {r.part} | {r.database} | {r.commit} | {r.ended_at} | {r.seconds:.0f} |"
        for r in results
    ]
    held = "Every bound is held." if not failed(rows) else "**Not every bound is held.**"
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(
        "\n".join(
            [
                "# What Attune bears",
                "",
                f"Printed by `make stress` (`python -m tests.stress`). {held}",
                "",
                f"Machine: {_machine()}. Servers, their clients and databases share it.",
                "",
                drawn(rows),
                "",
                "| part | database | commit | ended (UTC) | seconds |",
                "|---|---|---|---|---|",
                *runs,
                "",
            ]
        )
    )


def _place(result: Result) -> tuple[int, int]:
    return PARTS.index(result.part), BOTH.index(result.database)


def _machine() -> str:
    memory = f"{psutil.virtual_memory().total / 1e9:.0f} GB of memory"
    return ", ".join(
        [
            f"{os.cpu_count()} cores",
            memory,
            platform.system(),
            f"Python {platform.python_version()}",
        ]
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
