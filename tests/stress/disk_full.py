"""Fill the disk, make it read-only, lock or stop the database; the service goes on."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.journey.servers import Served
from tests.postgres import Postgres
from tests.stress import label_log
from tests.stress.clients import Journal, Post, Workload, attempted
from tests.stress.context import BOTH, SQLITE, START_S, Context
from tests.stress.keys import client
from tests.stress.report import Row

DATABASES = BOTH
LIMIT_S = 400.0, 400.0
REFUSED = "503 store_unavailable"
RECOVERY_S = 30.0
"""How long the first write may take to succeed after the failure ends."""
SLACK_S = 5.0
"""How much later than its deadline a reply may be, on a busy machine."""
MAX_WRITES = 2_000
"""Writes that a full disk may still take, on pages that it has."""
LYRICS = {"lyrics": "The rain came down and nobody was home"}
DISK_MB = 48
N_REFUSED = 5
"""Writes that a service which started on a read-only disk is asked for."""


@dataclass(frozen=True, slots=True)
class Target:
    """A running service.

    Attributes:
        disk: A small disk that holds SQLite's file, or None.
    """

    context: Context
    served: Served
    disk: Path | None

    @property
    def postgres(self) -> Postgres:
        assert self.context.postgres is not None
        return self.context.postgres

    @property
    def url(self) -> str:
        return self.served.environ["ATTUNE_DATABASE_URL"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that happens to a database.

    Attributes:
        cause: Makes it happen for the length of a block.
        may_read: Whether reads succeed meanwhile.
    """

    name: str
    cause: Callable[[Target], AbstractContextManager[object]]
    may_read: bool = True


def run(context: Context) -> list[Row]:
    """Cause each failure in turn in one running service."""
    with _disk(context) as disk:
        url = f"sqlite:///{disk / 'attune.db'}" if disk else context.new_database()
        deadline = {"ATTUNE_QUICK_TIMEOUT_S": context.size("10", "2")}
        with context.served(url, settings=deadline) as served:
            workload = Workload(n_clients=1, n_posts=100_000, n_users=20, n_tracks=20)
            workload.register(served.port)
            target, writer = Target(context, served, disk), Writer(served, workload)
            writer.write(context.size(200, 40))
            rows = [row for each in _failures(target) for row in _caused(each, target, writer)]
            writer.write(context.size(200, 40))
            log = label_log.read_log(url)
            rows += label_log.check_events(context, writer.journal, log)
            rows += label_log.check_derived(context, served, log)
        return rows + (_read_only_start(context, served, disk, writer) if disk else [])


def _failures(target: Target) -> Sequence[Failure]:
    if target.context.database != SQLITE:
        return (
            Failure("PostgreSQL takes no writes", _read_only_server),
            Failure("another session locks the log", _locked_table),
            Failure("PostgreSQL is stopped", _stopped_server, may_read=False),
        )
    anywhere = (
        Failure("no file of a worker may grow", _no_growth),
        Failure("another process locks the file", _locked_file),
    )
    return (*anywhere, Failure("the disk is full", _full_disk)) if target.disk else anywhere


def _caused(failure: Failure, target: Target, writer: "Writer") -> list[Row]:
    """Cause a failure, and return how the service behaved and recovered."""
    context, name = target.context, failure.name
    context.log(name)
    writer.slowest_s = 0.0
    with failure.cause(target):
        n_refused, wrong = writer.write_until_refused(context.size(10, 3))
        misread = writer.read(may_read=failure.may_read)
        slowest_s = writer.slowest_s
    seconds = writer.until_acknowledged()
    deadline_s = float(target.served.environ["ATTUNE_QUICK_TIMEOUT_S"]) + SLACK_S
    reading = "reads that failed" if failure.may_read else "reads not refused with 503"
    return [
        context.at_least(f"{name}: writes refused with 503 and Retry-After", n_refused, 1),
        context.none_of(f"{name}: writes with any other answer but a success", wrong),
        context.none_of(f"{name}: {reading}", misread),
        context.at_most(f"{name}: slowest answer", slowest_s, deadline_s, "s"),
        context.at_most(f"{name}: until a write succeeds afterwards", seconds, RECOVERY_S, "s"),
    ]


class Writer:
    """One client that writes and reads, and records the outcomes."""

    def __init__(self, served: Served, workload: Workload) -> None:
        self._http = client(served.port, keeps=False)
        self._posts = workload.posts_of(0)
        self._user_id, self._track_id = workload.user_ids[0], workload.track_ids[0]
        self.journal = Journal()
        self.slowest_s = 0.0

    def write(self, n: int) -> None:
        """Write, and require success."""
        for post in [next(self._posts) for _ in range(n)]:
            failure = self._write(post)
            assert failure == "", f"{failure} to {post}"

    def write_until_refused(self, n: int) -> tuple[int, list[str]]:
        """Write until ``n`` writes were refused; return their number, and other failures."""
        n_refused, wrong = 0, []
        for _ in range(MAX_WRITES):
            failure = self._write(next(self._posts))
            n_refused += failure == REFUSED
            wrong += [failure] if failure not in {"", REFUSED} else []
            if n_refused + len(wrong) >= n:
                break
        return n_refused, wrong

    def read(self, *, may_read: bool) -> list[str]:
        """Read by every route; return unexpected outcomes."""
        by_id = {"track_id": self._track_id, "user_id": self._user_id}
        stored = "" if may_read else REFUSED
        calls: list[tuple[str, str, Any, str]] = [
            ("GET", f"/users/{self._user_id}", None, stored),
            ("GET", "/tracks?limit=1", None, stored),
            ("POST", "/predict", by_id, stored),
            ("POST", "/predict", LYRICS, ""),
            ("GET", "/livez", None, ""),
        ]
        found = [(path, self._call(method, path, body)) for method, path, body, _ in calls]
        pairs = zip(found, calls, strict=True)
        return [f"{path}: {failure}" for (path, failure), call in pairs if failure != call[3]]

    def until_acknowledged(self) -> float:
        """Repeat one more post; return after how many seconds it succeeds."""
        started = time.monotonic()
        post = next(self._posts)
        while failure := self._write(post):
            assert time.monotonic() - started < 2 * RECOVERY_S, failure
            time.sleep(0.1)  # a client's pause between attempts
        return time.monotonic() - started

    def _write(self, post: Post) -> str:
        failure = self._timed(lambda: post.send(self._http))
        (self.journal.unacknowledged if failure else self.journal.acknowledged).append(post)
        return failure

    def _call(self, method: str, path: str, body: Any) -> str:
        return self._timed(lambda: self._http.request(method, path, json=body))

    def _timed(self, call: Callable[[], Any]) -> str:
        started = time.monotonic()
        _, failure = attempted(call)
        self.slowest_s = max(self.slowest_s, time.monotonic() - started)
        return failure


@contextmanager
def _no_growth(target: Target) -> Iterator[None]:
    """Make every write of the workers to a file fail, as on a full disk; needs no root."""
    workers = target.served.workers()
    _, hard = workers[0].rlimit(psutil.RLIMIT_FSIZE)
    for worker in workers:
        worker.rlimit(psutil.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for worker in workers:
            with suppress(psutil.NoSuchProcess):
                worker.rlimit(psutil.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def _locked_file(target: Target) -> Iterator[None]:
    file = target.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def _full_disk(target: Target) -> Iterator[None]:
    assert target.disk is not None
    filler = target.disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"\0" * 4096):
            pass
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _read_only_server(target: Target) -> Iterator[None]:
    target.postgres.tell("ALTER SYSTEM SET default_transaction_read_only = on")
    target.postgres.tell("SELECT pg_reload_conf()")
    time.sleep(1.0)  # the server's processes read the setting when they are next idle
    try:
        yield
    finally:
        target.postgres.tell("ALTER SYSTEM RESET default_transaction_read_only")
        target.postgres.tell("SELECT pg_reload_conf()")


@contextmanager
def _locked_table(target: Target) -> Iterator[None]:
    with label_log.connected(target.url) as other:
        other.exec_driver_sql("LOCK TABLE label_event IN EXCLUSIVE MODE")
        yield


@contextmanager
def _stopped_server(target: Target) -> Iterator[None]:
    target.postgres.stop()
    try:
        yield
    finally:
        target.postgres.start()


@contextmanager
def _mounted(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607  # its own


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)  # noqa: S603, S607  # root's


def _disk(context: Context) -> AbstractContextManager[Path | None]:
    """Mount a small disk for SQLite's file, where this process may."""
    if context.database != SQLITE:
        return nullcontext()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        context.log("NO ROOT: a full and a read-only disk are not tested")
        return nullcontext()
    return _mounted(context.folder.resolve() / "disk")


def _read_only_start(context: Context, served: Served, disk: Path, writer: Writer) -> list[Row]:
    """Start the service on a read-only disk, and again once the disk is writable."""
    context.log("the service starts on a read-only disk")
    _mount("-o", "remount,ro", str(disk))
    served.start()
    served.until_ready(START_S)
    wrong = writer.read(may_read=True)
    n_refused, unexpected = writer.write_until_refused(N_REFUSED)
    served.kill()
    _mount("-o", "remount,rw", str(disk))
    served.start()
    served.until_ready(START_S)
    log = label_log.read_log(served.environ["ATTUNE_DATABASE_URL"])
    served.kill()
    lost = label_log.check_events(context, writer.journal, log)[0]
    return [
        context.none_of("started on a read-only disk: reads with another outcome", wrong),
        context.equal("started on a read-only disk: writes refused", n_refused, N_REFUSED),
        context.none_of("started on a read-only disk: writes failed otherwise", unexpected),
        context.equal(
            f"after a start on it again: {lost.what}", int(lost.figure.replace(",", ""))
        ),
    ]
