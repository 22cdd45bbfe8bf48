"""The disk is full, or may only be read; the database is locked, or away; the service runs on."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from tests.journey.serving import Served
from tests.postgres import Postgres
from tests.stress import truth
from tests.stress.kills import register
from tests.stress.plan import BOTH, SQLITE, START_S, Bound, Plan
from tests.stress.table import Row
from tests.stress.tellers import Journal, Post, Script, trouble_of
from tests.stress.wire import Answer, BrokenConnectionError, ask_once, post, request

NAME = "disks"
DATABASES = BOTH
BOUND = Bound(full_s=400, short_s=400)
REFUSED = "503 store_unavailable"
RECOVERY_S = 30.0
"""How long it may take, once the cause is gone, until the service is itself again."""
SLACK_S = 5.0
"""For a machine that does much else: an answer may be this much later than its deadline."""
ENOUGH = 2_000
"""Writes that a full disk may still take, on pages that it has."""
LYRICS = "The rain came down and nobody was home"
DISK_MB = 48


@dataclass(frozen=True, slots=True)
class Ground:
    """Where harm is done.

    Attributes:
        disk: A small disk of its own that holds SQLite's file; None where there is none.
    """

    plan: Plan
    served: Served
    disk: Path | None

    @property
    def postgres(self) -> Postgres:
        """The server of databases."""
        assert self.plan.postgres is not None
        return self.plan.postgres

    @property
    def file(self) -> str:
        """SQLite's file."""
        return self.served.environ["ATTUNE_DATABASE_URL"].removeprefix("sqlite:///")


@dataclass(frozen=True, slots=True)
class Situation:
    """Something that happens to a database.

    Attributes:
        cause: Makes it happen, and undoes it.
        may_read: Whether reading goes on meanwhile.
    """

    name: str
    cause: Callable[[Ground], AbstractContextManager[object]]
    may_read: bool = True


def run(plan: Plan) -> list[Row]:
    """Do each harm in turn to one running service."""
    with _disk(plan) as disk:
        url = f"sqlite:///{disk / 'attune.db'}" if disk else plan.new_database()
        deadline = {"ATTUNE_QUICK_TIMEOUT_S": plan.size("10", "2")}
        with plan.served(url, workers=2, settings=deadline) as served:
            script = Script(n_clients=1, n_posts=100_000, n_users=20, n_tracks=20)
            register(served.port, script.track_ids)
            ground, witness = Ground(plan, served, disk), Witness(plan, served, script)
            witness.tell(plan.size(200, 40))
            rows = [
                row for each in _situations(ground) for row in _suffered(each, ground, witness)
            ]
            witness.tell(plan.size(200, 40))
            log = truth.log_of(url)
            rows += truth.recorded(plan, witness.journal, log) + truth.derived(plan, served, log)
        return rows + (_started_read_only(plan, served, disk, witness.journal) if disk else [])


def _situations(ground: Ground) -> Sequence[Situation]:
    if ground.plan.database != SQLITE:
        return (
            Situation("PostgreSQL takes no writes", _read_only_server),
            Situation("another session locks the log", _locked_table),
            Situation("PostgreSQL is stopped", _stopped_server, may_read=False),
        )
    anywhere = (
        Situation("no file of a worker may grow", _no_growth),
        Situation("another process locks the file", _locked_file),
    )
    return (*anywhere, Situation("the disk is full", _full_disk)) if ground.disk else anywhere


def _suffered(situation: Situation, ground: Ground, witness: "Witness") -> list[Row]:
    """Return how a situation was borne, and how it ended."""
    plan, name = ground.plan, situation.name
    plan.say(name)
    with situation.cause(ground):
        n_refused, wrong, slowest_s = witness.write_until_refused(plan.size(10, 3))
        misread, slowest_read_s = witness.read(may_read=situation.may_read)
    seconds = witness.until_acknowledged()
    deadline_s = float(ground.served.environ["ATTUNE_QUICK_TIMEOUT_S"]) + SLACK_S
    for what in [*wrong, *misread]:
        plan.say(f"{name}: {what}")
    reading = "reads that failed" if situation.may_read else "reads not refused with 503"
    return [
        plan.at_least(f"{name}: writes refused with 503 and Retry-After", n_refused, 1),
        plan.exactly(f"{name}: writes with any other answer but a success", len(wrong)),
        plan.exactly(f"{name}: {reading}", len(misread)),
        plan.at_most(f"{name}: slowest answer", max(slowest_s, slowest_read_s), deadline_s, "s"),
        plan.at_most(f"{name}: until a write succeeds afterwards", seconds, RECOVERY_S, "s"),
    ]


class Witness:
    """One client: writes and reads, and notes what became of it."""

    def __init__(self, plan: Plan, served: Served, script: Script) -> None:
        self._plan = plan
        self._port = served.port
        self._posts = script.posts_of(0)
        self._user_id, self._track_id = script.user_ids[0], script.track_ids[0]
        self.journal = Journal()

    def tell(self, n: int) -> None:
        """Write, and expect that it succeeds."""
        for told in [next(self._posts) for _ in range(n)]:
            answer = self._write(told)
            assert answer == "", f"{answer} to {told}"

    def write_until_refused(self, n: int) -> tuple[int, list[str], float]:
        """Write until so many were refused; return that number, wrong answers, the slowest."""
        n_refused, wrong, slowest_s = 0, [], 0.0
        for _ in range(ENOUGH):
            started = time.monotonic()
            trouble = self._write(next(self._posts))
            slowest_s = max(slowest_s, time.monotonic() - started)
            n_refused += trouble == REFUSED
            wrong += [trouble] if trouble not in {"", REFUSED} else []
            if n_refused + len(wrong) >= n:
                break
        return n_refused, wrong, slowest_s

    def read(self, *, may_read: bool) -> tuple[list[str], float]:
        """Read everything there is to read; return wrong answers, and the slowest time."""
        by_id = {"track_id": self._track_id, "user_id": self._user_id}
        needing = [
            request("GET", f"/users/{self._user_id}"),
            request("GET", "/tracks?limit=1"),
            post("/predict", by_id),
        ]
        always = [post("/predict", {"lyrics": LYRICS}), request("GET", "/livez")]
        wrong, slowest_s = [], 0.0
        for sent, expected in [(s, "" if may_read else REFUSED) for s in needing] + [
            (s, "") for s in always
        ]:
            started = time.monotonic()
            trouble = self._ask(sent)
            slowest_s = max(slowest_s, time.monotonic() - started)
            wrong += [f"{sent[:30]!r}: {trouble}"] if trouble != expected else []
        return wrong, slowest_s

    def until_acknowledged(self) -> float:
        """Write one more post again and again; return after how many seconds it succeeds."""
        started = time.monotonic()
        told = next(self._posts)
        while trouble := self._write(told):
            assert time.monotonic() - started < 2 * RECOVERY_S, trouble
            time.sleep(0.1)  # a client's pause between attempts
        return time.monotonic() - started

    def _write(self, told: Post) -> str:
        trouble = self._ask(told.sent)
        (self.journal.unacknowledged if trouble else self.journal.acknowledged).append(told)
        return trouble

    def _ask(self, sent: bytes) -> str:
        """Return what was wrong with the answer; nothing if it was a success."""
        try:
            answer: Answer = asyncio.run(ask_once(self._port, sent))
        except BrokenConnectionError as error:
            return str(error)
        return "" if answer.is_success else trouble_of(answer)


@contextmanager
def _no_growth(ground: Ground) -> Iterator[None]:
    """Have every write of the workers to a file fail, as on a full disk; no root is needed."""
    workers = ground.served.workers()
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
def _locked_file(ground: Ground) -> Iterator[None]:
    with closing(sqlite3.connect(ground.file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def _full_disk(ground: Ground) -> Iterator[None]:
    assert ground.disk is not None
    filler = ground.disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"\0" * 4096):
            pass
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _read_only_server(ground: Ground) -> Iterator[None]:
    ground.postgres.tell("ALTER SYSTEM SET default_transaction_read_only = on")
    ground.postgres.tell("SELECT pg_reload_conf()")
    time.sleep(1.0)  # the server's processes take the setting up when they are next idle
    try:
        yield
    finally:
        ground.postgres.tell("ALTER SYSTEM RESET default_transaction_read_only")
        ground.postgres.tell("SELECT pg_reload_conf()")


@contextmanager
def _locked_table(ground: Ground) -> Iterator[None]:
    url = ground.served.environ["ATTUNE_DATABASE_URL"]
    with truth.connected(url) as other:
        other.exec_driver_sql("LOCK TABLE label_event IN EXCLUSIVE MODE")
        yield


@contextmanager
def _stopped_server(ground: Ground) -> Iterator[None]:
    ground.postgres.stop()
    try:
        yield
    finally:
        ground.postgres.start()


@contextmanager
def _mounted(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607  # its own


def _mount(*told: str) -> None:
    subprocess.run(["mount", *told], check=True, capture_output=True)  # noqa: S603, S607  # root's


def _disk(plan: Plan) -> AbstractContextManager[Path | None]:
    """Lend a small disk for SQLite's file, where this process may mount one."""
    if plan.database != SQLITE:
        return nullcontext()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        plan.say("NO ROOT, NO DISK OF ITS OWN: a full and a read-only disk are not tried")
        return nullcontext()
    return _mounted(plan.folder.resolve() / "disk")


def _started_read_only(plan: Plan, served: Served, disk: Path, journal: Journal) -> list[Row]:
    """Start the service anew on a disk that may only be read, and again when it may be written."""
    plan.say("the service is started on a read-only disk")
    _mount("-o", "remount,ro", str(disk))
    at = served.log.stat().st_size
    served.start()
    status = served.until_over(START_S)
    told = served.log.read_bytes()[at:].decode()
    _mount("-o", "remount,rw", str(disk))
    served.start()
    served.until_ready(START_S)
    log = truth.log_of(served.environ["ATTUNE_DATABASE_URL"])
    served.kill()
    lost = truth.recorded(replace(plan, part=NAME), journal, log)[0]
    return [
        plan.exactly("read-only disk: exit status of a start", status, 1),
        plan.exactly("read-only disk: starts that say why", int("read" in told.lower()), 1),
        replace(lost, what=f"after a start on it again: {lost.what}"),
    ]
