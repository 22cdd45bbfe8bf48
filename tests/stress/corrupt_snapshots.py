"""Truncate files of a snapshot: it is refused. Exchange whole snapshots under load."""

import json
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, product, takewhile
from pathlib import Path
from threading import Event, Thread
from typing import Self

from models.errors import SnapshotError
from models.snapshot import load_snapshot, version_in
from models.snapshot.files import MANIFEST, version_of
from tests.journey.servers import ROOT, Served
from tests.stress import label_log
from tests.stress.clients import Clients, Workload, attempted
from tests.stress.context import BOTH, START_S, Context
from tests.stress.keys import client
from tests.stress.report import Row

DATABASES = BOTH
LIMIT_S = 600.0, 400.0
SHIPPED = ROOT / "models" / "pretrained"
RELOAD_S = 60.0
"""How long every worker may take to answer with a new snapshot."""
N_AGREEING = 20
"""Consecutive answers on connections of their own that count for every worker."""


def run(context: Context) -> list[Row]:
    """Load truncated snapshots, then exchange whole ones while clients post and predict."""
    snapshots = Snapshots(context.folder.resolve() / "snapshots")
    snapshots.create()
    rows = _truncated(context, snapshots)
    workload = Workload(
        n_clients=8,
        n_posts=context.size(4_000, 160),
        n_users=context.size(100, 20),
        n_tracks=context.size(100, 20),
    )
    url = context.new_database()
    rows += _refused_at_start(context, snapshots, url)
    snapshots.serve(snapshots.first)
    settings = {"ATTUNE_SNAPSHOT": str(snapshots.current)}
    with context.served(url, workers=context.size(4, 2), settings=settings) as served:
        workload.register(served.port)
        rows += _refused_at_reload(context, snapshots, served)
        rows += _exchanged(context, snapshots, served, workload)
    return rows


@dataclass(frozen=True, slots=True)
class Snapshots:
    """A folder of snapshots, and a link to the one that is served."""

    folder: Path

    @property
    def current(self) -> Path:
        """The link that the service is configured with."""
        return self.folder / "current"

    @property
    def first(self) -> Path:
        """A copy of the snapshot that ships."""
        return self.folder / "first"

    @property
    def second(self) -> Path:
        """One that predicts something else of the same tracks."""
        return self.folder / "second"

    @property
    def damaged(self) -> Path:
        """One with a truncated file."""
        return self.folder / "damaged"

    def create(self) -> None:
        shutil.copytree(SHIPPED, self.first)
        shutil.copytree(SHIPPED, self.second)
        manifest = json.loads((self.second / MANIFEST).read_text())
        manifest["committees"]["lyrics"]["sharpness"] *= 1.5
        manifest["version"] = version_of(manifest)
        (self.second / MANIFEST).write_text(json.dumps(manifest))

    def damage(self, name: str, size: int) -> None:
        """Make the damaged snapshot the first one with one file cut to a size."""
        shutil.rmtree(self.damaged, ignore_errors=True)
        shutil.copytree(self.first, self.damaged, copy_function=os.link)
        content = (self.first / name).read_bytes()[:size]
        (self.damaged / name).unlink()
        (self.damaged / name).write_bytes(content)

    def serve(self, folder: Path) -> None:
        """Point the link to a snapshot, atomically."""
        fresh = self.folder / "fresh"
        fresh.symlink_to(folder)
        fresh.replace(self.current)


def _truncated(context: Context, snapshots: Snapshots) -> list[Row]:
    """Truncate every file at several places, and try to load the snapshot."""
    context.log("every file of a snapshot is truncated")
    needed = [MANIFEST, *json.loads((snapshots.first / MANIFEST).read_text())["files"]]
    n_cuts, loaded, unnamed = 0, [], []
    for name in needed:
        size = len((snapshots.first / name).read_bytes().rstrip(b"\n"))  # JSON may lack its end
        for at in sorted({0, 1, size // 3, size // 2, size - 1}):
            n_cuts += 1
            snapshots.damage(name, at)
            try:
                load_snapshot(snapshots.damaged)
                loaded.append(f"{name} cut at {at}")
            except SnapshotError as error:
                unnamed += [] if name in str(error) else [f"{name} cut at {at}: {error}"]
    cuts = f"of {n_cuts} cuts of {len(needed)} files"
    return [
        context.none_of(f"{cuts}, snapshots that were loaded", loaded),
        context.none_of(f"{cuts}, refusals that do not name the file", unnamed),
    ]


def _refused_at_start(context: Context, snapshots: Snapshots, url: str) -> list[Row]:
    context.log("the service starts on a truncated snapshot")
    snapshots.damage("listeners.npz", 1000)
    snapshots.serve(snapshots.damaged)
    served = context.server(url, workers=1, settings={"ATTUNE_SNAPSHOT": str(snapshots.current)})
    served.start()
    try:
        status = served.until_over(START_S)
    finally:
        served.kill()
    is_named = "listeners.npz has" in served.log.read_text()
    return [
        context.equal("truncated, started: exit status", status, 1),
        context.equal("truncated, started: says which file", int(is_named), 1),
    ]


def _refused_at_reload(context: Context, snapshots: Snapshots, served: Served) -> list[Row]:
    context.log("a running service reloads a truncated snapshot")
    known = version_in(snapshots.first)
    snapshots.damage("fusion.npz", 1000)
    snapshots.serve(snapshots.damaged)
    with client(served.port) as http:
        reply = http.post("/model/reload", json={})
    served.send(signal.SIGHUP)
    served.until_logged("fusion.npz has", START_S)
    is_named = "fusion.npz has" in str(reply.json().get("detail"))
    versions = _versions(served.port)
    snapshots.serve(snapshots.first)
    return [
        context.equal("truncated: status of POST /model/reload", reply.status_code, 409),
        context.equal("truncated, reloaded: says which file", int(is_named), 1),
        context.equal(
            f"truncated, reloaded: of {N_AGREEING} answers, by another than the old snapshot",
            sum(version != known for version in versions),
        ),
    ]


def _exchanged(
    context: Context, snapshots: Snapshots, served: Served, workload: Workload
) -> list[Row]:
    """Exchange snapshots, by calls and by SIGHUP in turn, while clients post and predict."""
    context.log("snapshots are exchanged under load")
    both = {version_in(snapshots.first), version_in(snapshots.second)}
    exchanges_s: list[float] = []
    n_reloaded = 0
    with (
        Clients(served.port, workload) as clients,
        Predictor(served.port, workload) as predictor,
    ):
        while not clients.have_ended_within(0.5) or len(exchanges_s) < context.size(6, 2):
            folder = (snapshots.second, snapshots.first)[len(exchanges_s) % 2]
            started = time.monotonic()
            snapshots.serve(folder)
            _reload(served, by_call=len(exchanges_s) % 4 < 2)
            n_reloaded += _is_served(served.port, version_in(folder))
            exchanges_s.append(time.monotonic() - started)
            context.log(f"{len(exchanges_s)} exchanges, {clients.n_posts:,} posts")
        journal = clients.journal()
    failures = predictor.failures + journal.failures
    log = label_log.read_log(served.environ["ATTUNE_DATABASE_URL"])
    n_exchanges, n_predictions = len(exchanges_s), predictor.versions.total()
    n_other = sum(n for version, n in predictor.versions.items() if version not in both)
    return [
        context.at_least("snapshots exchanged under load", n_exchanges, 2),
        context.equal("of these, not served by every worker", n_exchanges - n_reloaded),
        context.at_most(
            "slowest, until every worker answers with it", max(exchanges_s), RELOAD_S, "s"
        ),
        context.figure(
            "posts and predictions meanwhile", f"{journal.n_posts:,} and {n_predictions:,}"
        ),
        context.equal(f"of these, failed ({', '.join(failures) or 'none'})", failures.total()),
        context.equal("predictions by neither snapshot", n_other),
        context.at_least("snapshots that answered", len(both & set(predictor.versions)), 2),
        *label_log.check_events(context, journal, log),
        *label_log.check_derived(context, served, log),
    ]


def _reload(served: Served, *, by_call: bool) -> None:
    if not by_call:
        served.send(signal.SIGHUP)
        return
    with client(served.port) as http:
        http.post("/model/reload", json={})


@dataclass
class Predictor:
    """Predicts continuously, in a thread of its own.

    Attributes:
        versions: How many answers came from each snapshot.
        failures: How often each failure occurred.
    """

    port: int
    workload: Workload
    versions: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    _stop: Event = field(default_factory=Event)

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._predict)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _predict(self) -> None:
        with client(self.port) as http:
            for user_id, track_id in self._pairs():
                body = {"track_id": track_id, "user_id": user_id}
                reply, failure = attempted(lambda body=body: http.post("/predict", json=body))
                if reply is None:
                    self.failures[failure] += 1
                else:
                    self.versions[reply.json()["model"]["snapshot"]] += 1

    def _pairs(self) -> Iterator[tuple[str, str]]:
        pairs = cycle(product(self.workload.user_ids, self.workload.track_ids[:5]))
        return takewhile(lambda _: not self._stop.is_set(), pairs)


def _versions(port: int) -> list[str]:
    """Return which snapshot answers, on connections of their own."""
    with client(port, keeps=False) as http:
        return [http.get("/model").json()["snapshot"] for _ in range(N_AGREEING)]


def _is_served(port: int, version: str) -> bool:
    """Wait until a snapshot answers many times in a row; return whether it did in time."""
    deadline = time.monotonic() + RELOAD_S
    while time.monotonic() < deadline:
        if set(_versions(port)) == {version}:
            return True
    return False
