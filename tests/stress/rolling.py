"""Roll out another release, and another snapshot, over two replicas under traffic."""

import io
import signal
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Self

import httpx

from models.snapshot import load_snapshot
from tests.journey.servers import ROOT, Served
from tests.journey.servers import run as run_command
from tests.releases import ADDS, REPLACES, Kind, newer_tree
from tests.snapshots import point, tempered
from tests.stress import label_log
from tests.stress.clients import Journal, Post, Workload, attempted
from tests.stress.context import POSTGRESQL, START_S, Context
from tests.stress.keys import client
from tests.stress.report import Row

DATABASES = (POSTGRESQL,)
LIMIT_S = 2400.0, 900.0
PROBE_S = 0.5
PAUSE_S = 0.1
GIVE_UP_S = 300.0
SWITCH_S = 60.0
"""Bound of the time from the move of the link until every worker serves the snapshot."""
OUT = "503 schema_changed"
N_REPLICAS = 2
N_CALLS = 1_000
"""Requests answered between two steps of a full run."""


def run(context: Context) -> list[Row]:
    """Roll out code that adds to the schema, that replaces it, older code's heir, a snapshot."""
    pretrained = ROOT / "models" / "pretrained"
    rows = _roll_code(context, "after a migration that adds", ROOT, ADDS)
    rows += _roll_code(context, "after a migration that replaces", ROOT, REPLACES)
    if (earlier := _earlier_commit()) is None:
        context.log("There is no earlier commit with the same migrations: it was not rolled out.")
    else:
        old = _exported(earlier, context.folder.resolve() / "earlier")
        rows += _roll_code(context, f"from the commit {earlier[:7]}", old, None)
    return rows + _roll_snapshot(context, pretrained)


class Balancer:
    """Sends requests to the replicas that are ready, as a load balancer does.

    Attributes:
        out_s: Seconds during which each replica was in service and not ready, by its name.
    """

    def __init__(self) -> None:
        self._replicas: dict[str, Served] = {}
        self._ready: list[str] = []
        self._lock = Lock()
        self._next = 0
        self._is_over = Event()
        self._thread = Thread(target=self._probe_all)
        self.out_s: Counter[str] = Counter()
        self.none_s = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def add(self, name: str, served: Served) -> None:
        served.until_ready(START_S)
        with self._lock:
            self._replicas[name] = served
            self._ready.append(name)

    def remove(self, name: str) -> None:
        with self._lock:
            del self._replicas[name]
            self._ready = [each for each in self._ready if each != name]

    def choose(self) -> tuple[str, int] | None:
        """Return the name and the port of the next replica that is ready, if there is one."""
        with self._lock:
            if not self._ready:
                return None
            self._next += 1
            name = self._ready[self._next % len(self._ready)]
            return name, self._replicas[name].port

    def _probe_all(self) -> None:
        last = time.monotonic()
        while not self._is_over.wait(PROBE_S):
            with self._lock:
                replicas = dict(self._replicas)
            ready = [name for name, served in replicas.items() if _is_ready(served.port)]
            now = time.monotonic()
            with self._lock:
                self._ready = [name for name in ready if name in self._replicas]
                for name in self._replicas.keys() - set(ready):
                    self.out_s[name] += now - last
                self.none_s += 0 if self._ready else now - last
            last = now


def _is_ready(port: int) -> bool:
    try:
        with client(port, timeout_s=10.0) as http:
            return http.get("/readyz").is_success
    except httpx.HTTPError:
        return False


@dataclass
class Traffic:
    """Clients that update, predict and query until the block ends.

    Attributes:
        replies: Successful replies by the name of the replica.
        failures: Failed attempts by their kind; all are repeated.
        versions: Snapshots that replies named.
        last_write: When the last acknowledged update was sent to each replica.
        n_given_up: Requests that were repeated in vain.
    """

    balancer: Balancer
    workload: Workload
    journal: Journal = field(default_factory=Journal)
    replies: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    last_write: dict[str, float] = field(default_factory=dict)
    n_given_up: int = 0
    _lock: Lock = field(default_factory=Lock)
    _is_over: Event = field(default_factory=Event)
    _has_failed: bool = False
    _threads: list[Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        numbers = range(self.workload.n_clients)
        self._threads = [Thread(target=self._talk, args=(number,)) for number in numbers]
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._is_over.set()
        self._has_failed = kind is not None
        for each in self._threads:
            each.join()

    def begin(self, replicas: Mapping[str, Served]) -> None:
        """Register the tracks, and put replicas into service."""
        for name, served in replicas.items():
            self.balancer.add(name, served)
        self.workload.register(served.port)

    def until_answered(self, n_more: int) -> None:
        """Wait until so many more requests were answered."""
        until = self.replies.total() + n_more
        deadline = time.monotonic() + GIVE_UP_S
        while self.replies.total() < until and time.monotonic() < deadline:
            time.sleep(PAUSE_S)

    def _talk(self, number: int) -> None:
        connections: dict[int, httpx.Client] = {}
        for post in self.workload.posts_of(number):
            if self._is_over.is_set():
                break
            track_id = str(post.labels[0]["track_id"])
            asked = {"user_id": post.user_id, "track_id": track_id}
            query = {"user_id": f"newcomer-{number}", "n": 4}  # who has not answered every track
            self._update(post, connections)
            predicted = self._answered(connections, "/predict", asked)
            if predicted is not None:
                with self._lock:
                    self.versions[predicted.json()["model"]["snapshot"]] += 1
            self._answered(connections, "/query", query)
        for http in connections.values():
            http.close()

    def _update(self, post: Post, connections: dict[int, httpx.Client]) -> None:
        body = {"user_id": post.user_id, "labels": list(post.labels)}
        reply = self._answered(connections, "/update", body)
        with self._lock:
            told = self.journal.unacknowledged if reply is None else self.journal.acknowledged
            told.append(post)

    def _answered(
        self, connections: dict[int, httpx.Client], path: str, body: object
    ) -> httpx.Response | None:
        deadline = time.monotonic() + GIVE_UP_S
        while time.monotonic() < deadline and not self._has_failed:
            if (chosen := self.balancer.choose()) is None:
                time.sleep(PAUSE_S)
                continue
            name, port = chosen
            if port not in connections:
                connections[port] = client(port)
            http, sent_at = connections[port], time.monotonic()
            reply, failure = attempted(lambda http=http: http.post(path, json=body))  # type: ignore[misc]
            with self._lock:
                if reply is not None:
                    self.replies[name] += 1
                    if path == "/update":
                        self.last_write[name] = max(sent_at, self.last_write.get(name, 0.0))
                    return reply
                self.failures[failure] += 1
            time.sleep(PAUSE_S)
        self.n_given_up += 1
        return None

    def rows(self, context: Context, what: str, allowed: frozenset[str]) -> list[Row]:
        unexpected = [kind for kind in self.failures if kind not in allowed]
        listed = ", ".join(f"{kind}: {n:,}" for kind, n in sorted(self.failures.items()))
        by_replica = ", ".join(f"{name} {n:,}" for name, n in sorted(self.replies.items()))
        out = ", ".join(f"{name} {s:.1f} s" for name, s in sorted(self.balancer.out_s.items()))
        n_unexpected = sum(self.failures[kind] for kind in unexpected)
        return [
            context.figure(f"{what}: requests answered, by replica", by_replica),
            context.figure(f"{what}: attempts that failed and were repeated", listed or "none"),
            context.equal(f"{what}: failures other than the expected ones", n_unexpected),
            context.equal(f"{what}: requests given up", self.n_given_up),
            context.figure(f"{what}: replicas not ready while in service", out or "none"),
            context.figure(f"{what}: no replica ready", f"{self.balancer.none_s:.1f} s"),
        ]


@dataclass(frozen=True)
class Releases:
    """Replicas of trees of code over one database."""

    context: Context
    what: str
    database_url: str
    settings: dict[str, str] = field(default_factory=dict)

    def replica(self, name: str, tree: Path) -> Served:
        """Return a replica that runs the code of a tree; not started."""
        settings = {"ATTUNE_REPLICAS": str(N_REPLICAS), "ATTUNE_MIGRATE": "never"} | self.settings
        served = self.context.server(
            self.database_url, workers=self.context.size(2, 1), settings=settings
        )
        folder = self.context.folder.resolve() / self.what.replace(" ", "-") / name
        environ = {**served.environ, "ATTUNE_CACHE": str(folder / "cache")}
        return replace(served, folder=folder, cwd=tree, environ=environ)

    def command(self, tree: Path, *arguments: str) -> str:
        """Run a command of a tree's code on the database."""
        environ = self.replica("commands", tree).environ
        return run_command([sys.executable, "-m", "service", *arguments], tree, environ)


@contextmanager
def _started(*replicas: Served) -> Iterator[None]:
    with _killed(*replicas):
        for each in replicas:
            each.start()
        for each in replicas:
            each.until_ready(START_S)
        yield


@contextmanager
def _killed(*replicas: Served) -> Iterator[None]:
    """Kill, at the end, the replicas that were started."""
    try:
        yield
    finally:
        for each in replicas:
            if each.has_started:
                each.kill()


def _workload(context: Context) -> Workload:
    many = 1_000_000  # more than are sent before the end
    return Workload(n_clients=context.size(8, 4), n_posts=many, n_users=40, n_tracks=20, seed=21)


def _roll_code(context: Context, what: str, old: Path, kind: Kind | None) -> list[Row]:
    """Replace two replicas of one tree of code by two of another, which may have a migration."""
    context.log(f"code is rolled out {what}")
    releases = Releases(context, what, context.new_database())
    releases.command(old, "migrate")
    new = ROOT if kind is None else newer_tree(kind, context.folder.resolve() / f"newer-{kind}")
    olds = {f"old {n}": releases.replica(f"old-{n}", old) for n in range(N_REPLICAS)}
    news = {f"new {n}": releases.replica(f"new-{n}", new) for n in range(N_REPLICAS)}
    traffic = Traffic(Balancer(), _workload(context))
    with _started(*olds.values()), _killed(*news.values()), traffic.balancer:
        traffic.begin(olds)
        with traffic:
            migrated_at = _roll(context, traffic, releases, (olds, news), new)
    rows = traffic.rows(context, what, frozenset({OUT} if kind == REPLACES else ()))
    if kind == REPLACES:
        late = [name for name in olds if traffic.last_write.get(name, 0.0) > migrated_at]
        rows.append(context.none_of(f"{what}: old replicas that wrote after the migration", late))
    return rows + _checked(releases, what, traffic.journal, new)


def _roll(
    context: Context,
    traffic: Traffic,
    releases: Releases,
    replicas: tuple[dict[str, Served], dict[str, Served]],
    new: Path,
) -> float:
    """Migrate, and replace one replica after the other; return when the migration had ended."""
    olds, news = replicas
    n_calls = context.size(N_CALLS, 60)
    traffic.until_answered(n_calls)
    releases.command(new, "migrate")
    migrated_at = time.monotonic()
    for before, (name, served) in zip(olds, news.items(), strict=True):
        served.start()
        traffic.balancer.add(name, served)
        traffic.balancer.remove(before)
        olds[before].send(signal.SIGTERM)  # requests in progress are answered
        traffic.until_answered(n_calls)
    return migrated_at


def _checked(releases: Releases, what: str, journal: Journal, tree: Path) -> list[Row]:
    """Compare the log with what was acknowledged, and what is kept beside it with a recount."""
    context = releases.context
    log = label_log.read_log(releases.database_url)
    rows = label_log.check_events(context, journal, log)
    rows.append(label_log.check_votes(context, releases.database_url, log))
    wrong = tables_that_differ(releases, tree)
    return [
        *(replace(row, what=f"{what}: {row.what}") for row in rows),
        context.none_of(f"{what}: tables that differ from a recount", wrong),
    ]


def tables_that_differ(releases: Releases, tree: Path = ROOT) -> list[str]:
    """Make the tables of counts again; return what the command says of those that were wrong."""
    counted = releases.command(tree, "recount").splitlines()
    assert counted
    return [line for line in counted if not line.endswith("right")]


def _roll_snapshot(context: Context, pretrained: Path) -> list[Row]:
    """Move the symbolic link that two replicas serve: forth by a command, back by SIGHUP."""
    what = "another snapshot"
    context.log("a snapshot is rolled out, and back")
    shelf = context.folder.resolve() / "shelf"
    shelf.mkdir()
    (shelf / "old").symlink_to(pretrained)
    tempered(pretrained, shelf / "new")
    point(shelf / "current", shelf / "old")
    settings = {"ATTUNE_SNAPSHOT": str(shelf / "current")}
    releases = Releases(context, what, context.new_database(), settings)
    releases.command(ROOT, "migrate")
    replicas = {f"replica {n}": releases.replica(f"replica-{n}", ROOT) for n in range(N_REPLICAS)}
    traffic = Traffic(Balancer(), _workload(context))
    with _started(*replicas.values()), traffic.balancer:
        traffic.begin(replicas)
        with traffic:
            rows = _switch(context, traffic, releases, replicas, shelf)
    return [
        *(replace(row, what=f"{what}: {row.what}") for row in rows),
        *traffic.rows(context, what, frozenset()),
        *_checked(releases, what, traffic.journal, ROOT),
    ]


def _switch(
    context: Context,
    traffic: Traffic,
    releases: Releases,
    replicas: dict[str, Served],
    shelf: Path,
) -> list[Row]:
    """Serve the new snapshot, then the old one again, while clients send requests."""
    n_calls = context.size(N_CALLS, 60)
    old, new = (load_snapshot(shelf / name).version for name in ("old", "new"))
    traffic.until_answered(n_calls)
    point(shelf / "current", shelf / "new")
    moved_at = time.monotonic()
    releases.command(ROOT, "reload")
    forth_s = _served_after(moved_at, replicas.values(), new)
    n_old = traffic.versions[old]
    traffic.until_answered(n_calls)
    n_late = traffic.versions[old] - n_old
    point(shelf / "current", shelf / "old")
    moved_at = time.monotonic()
    for served in replicas.values():
        served.send(signal.SIGHUP)
    back_s = _served_after(moved_at, replicas.values(), old)
    traffic.until_answered(n_calls)
    strange = [each for each in traffic.versions if each not in {old, new}]
    return [
        context.none_of("versions in replies other than the two", strange),
        context.at_least("predictions that name the new one", traffic.versions[new], 1),
        context.at_most(
            "predictions by the old one after that", n_late, traffic.workload.n_clients
        ),
        context.at_most(
            "all replicas serve it, by the command reload, after", forth_s, SWITCH_S, "s"
        ),
        context.at_most("all replicas are back, by SIGHUP, after", back_s, SWITCH_S, "s"),
    ]


def _served_after(since: float, replicas: Iterable[Served], wanted: str) -> float:
    """Wait until every replica serves a version, and return the seconds since then."""
    while time.monotonic() - since <= START_S and _versions(replicas) != {wanted}:
        time.sleep(PAUSE_S)
    return time.monotonic() - since


def _versions(replicas: Iterable[Served]) -> set[str]:
    found = set()
    for served in replicas:
        with client(served.port, keeps=False) as http:
            found |= {http.get("/model").json()["snapshot"] for _ in range(6)}
    return found


def _earlier_commit() -> str | None:
    """Return the first commit with the migrations of this one; None if the history lacks it."""
    found = _git("log", "--max-count=1", "--format=%H", "--", "service/db/migrations")
    head = _git("rev-parse", "HEAD")
    commit = found.decode().strip()
    return commit if commit and commit != head.decode().strip() else None


def _exported(commit: str, folder: Path) -> Path:
    """Return a folder with the code of a commit."""
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit, "service", "models"))) as files:
        files.extractall(folder, filter="data")
    (folder / "models" / "weights").symlink_to((ROOT / "models" / "weights").resolve())
    return folder


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607  # our own command
    return done.stdout
