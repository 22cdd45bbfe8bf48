"""One part on one database in a process of its own: ``python -m tests.stress.one``.

A part that takes all memory, hangs or crashes takes nothing else along.
"""

import importlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import cast

import click

from models.command_line import HELP_OPTIONS
from tests.postgres import Postgres, new_folder
from tests.stress.plan import N_POSTS, POSTGRESQL, Part, Plan
from tests.stress.table import Result


@dataclass(frozen=True, slots=True)
class Task:
    """Which part, on which database, and where its files go."""

    part: str
    database: str
    folder: Path
    is_short: bool
    n_posts: int = N_POSTS

    @property
    def place(self) -> Path:
        """The part's own folder."""
        return self.folder / f"{self.part}-{self.database}"

    @property
    def result(self) -> Path:
        """Where its result is kept."""
        return self.folder / f"{self.part}-{self.database}.json"

    @property
    def bound_s(self) -> float:
        """How long it may take."""
        bound = part_named(self.part).BOUND
        return bound.short_s if self.is_short else bound.full_s

    @property
    def command(self) -> list[str]:
        """What runs it in a process of its own."""
        size = ["--short"] if self.is_short else []
        told = [self.part, self.database, str(self.folder), "--posts", str(self.n_posts), *size]
        return [sys.executable, "-m", "tests.stress.one", *told]


def part_named(name: str) -> Part:
    """Return the module of a part."""
    return cast("Part", importlib.import_module(f"tests.stress.{name}"))


def commit() -> str:
    """Return the commit of the working copy, with a plus if it differs from it."""
    told = [["git", "rev-parse", "--short", "HEAD"], ["git", "status", "--porcelain"]]
    found = [
        subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603  # our own commands
        for command in told
    ]
    return f"{found[0] or 'unknown'}{'+' if found[1] else ''}"


def now() -> str:
    """Return now, in UTC, to the minute."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M}"


@click.command(context_settings=HELP_OPTIONS)
@click.argument("part")
@click.argument("database")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--short", is_flag=True, help="Do less of everything.")
@click.option("--posts", type=click.IntRange(min=1), default=N_POSTS, show_default=True)
def main(part: str, database: str, folder: Path, *, short: bool, posts: int) -> None:
    """Run PART on DATABASE and keep its result in FOLDER."""
    signal.signal(signal.SIGTERM, _leave)
    _do(Task(part, database, folder, short, posts))


def _do(task: Task) -> None:
    started = time.monotonic()
    with planned(task) as plan:
        rows = part_named(task.part).run(plan)
    seconds = time.monotonic() - started
    Result(task.part, task.database, commit(), now(), seconds, tuple(rows)).keep(task.result)


@contextmanager
def planned(task: Task) -> Iterator[Plan]:
    """Lend a part its plan: an empty folder, and a server of databases if it needs one."""
    shutil.rmtree(task.place, ignore_errors=True)
    task.place.mkdir(parents=True)
    plan = Plan(task.part, task.database, task.place, is_short=task.is_short, n_posts=task.n_posts)
    if task.database != POSTGRESQL:
        yield plan
        return
    folder = new_folder()  # one that the server can reach, whoever it runs as
    try:
        with Postgres(folder) as postgres:
            yield replace(plan, postgres=postgres)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _leave(number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + number)  # what was started is ended on the way out


if __name__ == "__main__":
    main()
