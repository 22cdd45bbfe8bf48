"""A snapshot that was cut short is not served; one is put in another's place under load."""

import asyncio
import json
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from models.errors import SnapshotError
from models.snapshot import load_snapshot, version_in
from models.snapshot.files import MANIFEST, version_of
from tests.journey.serving import ROOT, Served
from tests.stress import truth
from tests.stress.kills import register
from tests.stress.plan import BOTH, START_S, Bound, Plan
from tests.stress.table import Row
from tests.stress.tellers import Crowd, Script, trouble_of
from tests.stress.wire import BrokenConnectionError, Line, ask_once, post, request

NAME = "snapshots"
DATABASES = BOTH
BOUND = Bound(full_s=600, short_s=400)
SHIPPED = ROOT / "models" / "pretrained"
TAKEN_UP_S = 60.0
"""How long it may take until every worker answers with the snapshot that it was told of."""
N_AGREEING = 20
"""As many answers in a row, on connections of their own, count for every worker."""


def run(plan: Plan) -> list[Row]:
    """Cut snapshots short, then exchange whole ones while clients label and ask."""
    shelf = Shelf(plan.folder.resolve() / "shelf")
    shelf.fill()
    rows = _cut_short(plan, shelf)
    script = Script(
        n_clients=8,
        n_posts=plan.size(4_000, 160),
        n_users=plan.size(100, 20),
        n_tracks=plan.size(100, 20),
    )
    url = plan.new_database()
    rows += _refused_at_start(plan, shelf, url)
    shelf.serve(shelf.first)
    settings = {"ATTUNE_SNAPSHOT": str(shelf.current)}
    with plan.served(url, workers=plan.size(4, 2), settings=settings) as served:
        register(served.port, script.track_ids)
        rows += _refused_at_reload(plan, shelf, served)
        rows += _exchanged(plan, shelf, served, script)
    return rows


@dataclass(frozen=True, slots=True)
class Shelf:
    """Snapshots, and a link to the one that is served.

    Attributes:
        folder: Of all of them; it is made.
    """

    folder: Path

    @property
    def current(self) -> Path:
        """The link that the service is configured with."""
        return self.folder / "current"

    @property
    def first(self) -> Path:
        """The snapshot that ships."""
        return self.folder / "first"

    @property
    def second(self) -> Path:
        """Another one, which says something else of the same tracks."""
        return self.folder / "second"

    @property
    def damaged(self) -> Path:
        """One of which a file was cut short."""
        return self.folder / "damaged"

    def fill(self) -> None:
        """Copy the snapshot that ships, and make another of it."""
        shutil.copytree(SHIPPED, self.first)
        shutil.copytree(SHIPPED, self.second)
        manifest = json.loads((self.second / MANIFEST).read_text())
        manifest["committees"]["lyrics"]["sharpness"] *= 1.5
        manifest["version"] = version_of(manifest)
        (self.second / MANIFEST).write_text(json.dumps(manifest))

    def damage(self, name: str, size: int) -> None:
        """Have the damaged snapshot be the first with one file cut to a size."""
        shutil.rmtree(self.damaged, ignore_errors=True)
        shutil.copytree(self.first, self.damaged, copy_function=os.link)
        content = (self.first / name).read_bytes()[:size]
        (self.damaged / name).unlink()
        (self.damaged / name).write_bytes(content)

    def serve(self, folder: Path) -> None:
        """Let the link lead to a snapshot, from one moment to the next."""
        fresh = self.folder / "fresh"
        fresh.symlink_to(folder)
        fresh.replace(self.current)


def _cut_short(plan: Plan, shelf: Shelf) -> list[Row]:
    """Cut every file at several places, and try to load what is left."""
    plan.say("every file of a snapshot is cut short")
    needed = [MANIFEST, *json.loads((shelf.first / MANIFEST).read_text())["files"]]
    n_cuts, loaded, mute = 0, [], []
    for name in needed:
        size = len((shelf.first / name).read_bytes().rstrip(b"\n"))  # JSON does without its end
        for at in sorted({0, 1, size // 3, size // 2, size - 1}):
            n_cuts += 1
            shelf.damage(name, at)
            try:
                load_snapshot(shelf.damaged)
                loaded.append(f"{name} cut at {at}")
            except SnapshotError as error:
                mute += [] if name in str(error) else [f"{name} cut at {at}: {error}"]
    for what in [*loaded, *mute]:
        plan.say(what)
    cuts = f"of {n_cuts} cuts of {len(needed)} files"
    return [
        plan.exactly(f"{cuts}, snapshots that were loaded", len(loaded)),
        plan.exactly(f"{cuts}, refusals that do not name the file", len(mute)),
    ]


def _refused_at_start(plan: Plan, shelf: Shelf, url: str) -> list[Row]:
    """Start the service on a snapshot of which a file was cut short."""
    plan.say("the service is started on a snapshot that was cut short")
    shelf.damage("listeners.npz", 1000)
    shelf.serve(shelf.damaged)
    served = plan.server(url, workers=1, settings={"ATTUNE_SNAPSHOT": str(shelf.current)})
    served.start()
    try:
        status = served.until_over(START_S)
    finally:
        served.kill()
    told = served.log.read_text()
    return [
        plan.exactly("cut short, started: exit status", status, 1),
        plan.exactly("cut short, started: says which file", int("listeners.npz has" in told), 1),
    ]


def _refused_at_reload(plan: Plan, shelf: Shelf, served: Served) -> list[Row]:
    """Have a running service take up a snapshot of which a file was cut short."""
    plan.say("the service is told to take up a snapshot that was cut short")
    known = version_in(shelf.first)
    shelf.damage("fusion.npz", 1000)
    shelf.serve(shelf.damaged)
    answer = asyncio.run(ask_once(served.port, post("/model/reload", {})))
    served.send(signal.SIGHUP)
    served.until_logged("fusion.npz has", START_S)
    told = "" if answer.is_success else str(answer.json()["detail"])
    versions = asyncio.run(_versions(served.port, N_AGREEING))
    shelf.serve(shelf.first)
    return [
        plan.exactly("cut short, reloaded: status of POST /model/reload", answer.status, 409),
        plan.exactly("cut short, reloaded: says which file", int("fusion.npz has" in told), 1),
        plan.exactly(
            f"cut short, reloaded: of {N_AGREEING} answers, by another than the old snapshot",
            sum(version != known for version in versions),
        ),
    ]


def _exchanged(plan: Plan, shelf: Shelf, served: Served, script: Script) -> list[Row]:
    """Exchange snapshots, by a call and by SIGHUP in turn, while clients label and ask."""
    plan.say("snapshots are exchanged under load")
    both = {version_in(shelf.first), version_in(shelf.second)}
    url = served.environ["ATTUNE_DATABASE_URL"]
    exchanged = taken_up = 0
    slowest_s = 0.0
    with Crowd(served.port, script) as crowd, Watcher(served.port, script) as watcher:
        while not crowd.has_ended_within(0.5) or exchanged < plan.size(6, 2):
            folder = (shelf.second, shelf.first)[exchanged % 2]
            started = time.monotonic()
            shelf.serve(folder)
            if exchanged % 4 < 2:
                asyncio.run(ask_once(served.port, post("/model/reload", {})))
            else:
                served.send(signal.SIGHUP)
            taken_up += asyncio.run(_is_taken_up(served.port, version_in(folder)))
            slowest_s = max(slowest_s, time.monotonic() - started)
            exchanged += 1
            plan.say(f"{exchanged} exchanges, {crowd.n_told:,} posts told")
        journal = crowd.journal()
    troubles = watcher.troubles + journal.troubles
    log = truth.log_of(url)
    return [
        plan.at_least("snapshots exchanged while clients label and ask", exchanged, 2),
        plan.exactly("of these, not taken up by every worker", exchanged - taken_up),
        plan.at_most(
            "the slowest, until every worker answers with it", slowest_s, TAKEN_UP_S, "s"
        ),
        plan.stated("posts and predictions meanwhile", f"{journal.n_told:,} and {watcher.n:,}"),
        plan.exactly(
            f"of these, failed ({', '.join(troubles) or 'nothing'})", sum(troubles.values())
        ),
        plan.exactly(
            "predictions by neither snapshot",
            sum(n for version, n in watcher.versions.items() if version not in both),
        ),
        plan.at_least("snapshots that answered", len(both & set(watcher.versions)), 2),
        *truth.recorded(plan, journal, log),
        *truth.derived(plan, served, log),
    ]


@dataclass
class Watcher:
    """Asks for predictions all the time, in a thread of its own.

    Attributes:
        versions: How many answers came from each snapshot.
        troubles: How often each failure was met.
    """

    port: int
    script: Script
    versions: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    _is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def n(self) -> int:
        """How many predictions there were."""
        return sum(self.versions.values())

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=asyncio.run, args=(self._watch(),))
        self._thread.start()
        return self

    def __exit__(self, *told: object) -> None:
        del told
        self._is_over.set()
        self._thread.join()

    async def _watch(self) -> None:
        line = Line(self.port)
        for user_id, track_id in self._pairs():
            sent = post("/predict", {"track_id": track_id, "user_id": user_id})
            try:
                answer = await line.ask(sent)
            except BrokenConnectionError as error:
                self.troubles[str(error)] += 1
                continue
            if answer.is_success:
                self.versions[answer.json()["model"]["snapshot"]] += 1
            else:
                self.troubles[trouble_of(answer)] += 1
        line.close()

    def _pairs(self) -> Iterator[tuple[str, str]]:
        while not self._is_over.is_set():
            for user_id in self.script.user_ids:
                for track_id in self.script.track_ids[:5]:
                    if self._is_over.is_set():
                        return
                    yield user_id, track_id


async def _versions(port: int, n: int) -> list[str]:
    """Return which snapshot answers, asked on connections of their own."""
    sent = request("GET", "/model")
    return [(await ask_once(port, sent)).json()["snapshot"] for _ in range(n)]


async def _is_taken_up(port: int, version: str) -> bool:
    """Wait until a snapshot answers many times in a row; whether it did so in time."""
    deadline = time.monotonic() + TAKEN_UP_S
    while time.monotonic() < deadline:
        if set(await _versions(port, N_AGREEING)) == {version}:
            return True
    return False
