"""``make bench-rank``: ranking a large catalogue beside one pass over its bytes.

The pass multiplies the same memory-mapped bytes by two columns of weights with NumPy: what any
score that is linear in a track's numbers costs at least. All is measured in turn, round by round,
in one run; ratios are of medians.
"""

import os
import platform
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from types import SimpleNamespace

import click
import numpy as np

from models.command_line import HELP_OPTIONS
from models.emotion import SIGNS, Quadrant, Readout
from models.personal.logistic import (
    SHIPPED,
    Components,
    LogisticModel,
    PersonalLogistic,
    learn,
    n_columns,
    track_features,
)
from models.ranking import Point, Target, TopkQuery, topk
from models.ranking.block_scan import ALONE, N_THREADS
from service.answers import Answers
from service.api.query.pools import PoolSources
from service.api.query.questions import QueryRequest, query
from service.api.rank.ranking import Order, rank
from service.clock import utc_now
from service.db.answers import answers_of
from service.db.track_feature_files import Changes
from service.db.track_features import TrackFeatureStore
from service.labels import Label, LabelEvent
from service.serving.personal_models import UserState
from service.serving.vote_table import LiveVotes
from service.votes import VoteChanges, VotesMark
from tests.bench.costs import Cost, Size, Step, in_turn

SIZES = (10_000, 1_000_000)
N_COMPONENTS, N_VOTED, N_ANSWERS, PAGE, N_QUESTIONS, ROUNDS = 32, 5_000, 50, 50, 10, 41
AT_ONCE = 50_000
OUT = Path("reports/rank")
PLAIN = "one pass over the bytes, 1 thread"
QUADRANT, POINT = Quadrant.Q2, Point(0.4, -0.3)
READOUT = Readout(0.5 * SIGNS, np.full((4, 2), 0.05))


@click.command(context_settings=HELP_OPTIONS)
@click.option(
    "--sizes",
    type=click.IntRange(min=1),
    multiple=True,
    default=SIZES,
    show_default=True,
    help="Tracks of a catalogue; give the option once for each.",
)
@click.option("--rounds", type=click.IntRange(min=1), default=ROUNDS, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=OUT, show_default=True)
def main(sizes: Sequence[int], rounds: int, out: Path) -> None:
    """Measure, print the page, and write it into the folder --out."""
    lines = _heading()
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            worker = Worker(Path(folder) / str(size), size)
            worker.warm_up()
            lines += _table(size, _measure(worker, rounds))
        lines += _memory(Path(folder) / str(size), size)
    page = "\n".join(lines)
    out.mkdir(parents=True, exist_ok=True)
    (out / "index.md").write_text(page, encoding="utf-8")
    click.echo(page, nl=False)


class Generated:
    """A catalogue of generated sketches, as a feed of changes."""

    def __init__(self, n_tracks: int) -> None:
        self.n_tracks = n_tracks

    def now(self) -> tuple[str, int]:
        return "generated", self.n_tracks

    def since(self, revision: int) -> tuple[int, Changes]:
        end = min(revision + AT_ONCE, self.n_tracks)
        track_ids = [f"t{number:08}" for number in range(revision, end)]
        return end, Changes(track_ids, drawn(end - revision, revision))


def drawn(n_tracks: int, seed: int) -> np.ndarray:
    """Return sketches drawn at random."""
    rng = np.random.default_rng(seed)
    phi = rng.normal(0.0, N_COMPONENTS**-0.5, (n_tracks, N_COMPONENTS))
    return track_features(rng.dirichlet(np.ones(4), n_tracks), phi)


@dataclass
class Log:
    """A listener's log, and the votes of others."""

    answers_: Answers

    def last_seq(self, user_id: str) -> int:
        del user_id
        return self.answers_.last_seq

    def answers(self, user_id: str) -> Answers:
        del user_id
        return self.answers_

    def votes_since(self, mark: VotesMark) -> VoteChanges:
        if mark.after:
            return VoteChanges(mark, {})
        rng = np.random.default_rng(9)
        counts = rng.integers(0, 3, (N_VOTED, 4)).tolist()
        found = {f"t{number:08}": tuple(c) for number, c in enumerate(counts)}
        return VoteChanges(VotesMark(1), found)


@dataclass
class OneListener:
    """The one listener there is."""

    model: PersonalLogistic
    snapshot = SimpleNamespace(version="bench", serving_version="bench")
    catalogue = None

    @property
    def personaliser(self) -> SimpleNamespace:
        return SimpleNamespace(population_model=self.model)

    def current(self, user_id: str) -> UserState:
        return UserState(user_id, self.model.n_labels, self.model)


class Worker:
    """What one worker holds to rank a catalogue of this size for one listener."""

    def __init__(self, folder: Path, n_tracks: int) -> None:
        self.n_tracks = n_tracks
        width = n_columns(N_COMPONENTS)
        self.track_features = TrackFeatureStore(Generated(n_tracks), folder, "bench", width)
        self.model = listener()
        self.log = Log(answers(n_tracks))
        self.votes = LiveVotes(self.log)

    def warm_up(self) -> None:
        """Write the files if they are not there, and rank once."""
        began = time.perf_counter()
        self.track_features.prepare()
        self.rank(QUADRANT)
        sys.stderr.write(f"{self.n_tracks:,} tracks in {time.perf_counter() - began:.0f} s\n")

    def query(self, strategy: str) -> None:
        """Do all that a query does, but for HTTP and the database."""
        found = query(
            QueryRequest("ana", N_QUESTIONS, strategy),
            sources=PoolSources(None, self.track_features, self.votes),
            log=self.log,
            listeners=OneListener(self.model),
            rng=np.random.default_rng(0),
        )
        assert len(found.tracks) == N_QUESTIONS

    def rank(self, target: Target) -> None:
        """Do all that a request does, but for HTTP and the database."""
        found = rank(
            Order("ana", target, PAGE),
            track_features=self.track_features,
            votes=self.votes,
            log=self.log,
            listeners=OneListener(self.model),
        )
        assert len(found.tracks) == PAGE


def listener() -> PersonalLogistic:
    """Return the model of a listener with a taste of their own."""
    components = Components(np.zeros(N_COMPONENTS), np.eye(N_COMPONENTS))
    shared = LogisticModel(SHIPPED, components, np.full((2, 2), 0.8), READOUT)
    rows = drawn(N_ANSWERS, 12345)
    taste = np.random.default_rng(0).normal(0.0, 2.0, (n_columns(N_COMPONENTS), 4))
    answers = np.eye(4)[(rows @ taste).argmax(axis=1)]
    return learn(shared, rows, answers, np.zeros((N_ANSWERS, 4)), np.zeros((0, 2)))


def answers(n_tracks: int) -> Answers:
    """Return the listener's answers, on tracks all over the catalogue."""
    places = np.linspace(0, n_tracks - 1, N_ANSWERS).astype(int).tolist()
    labels = [Label(f"e{place}", f"t{place:08}", Quadrant.Q1) for place in places]
    now = utc_now()
    return answers_of([LabelEvent(i, "ana", label, now) for i, label in enumerate(labels, 1)])


def _measure(worker: Worker, rounds: int) -> dict[str, Cost]:
    rows, linear = worker.track_features.current().rows, worker.model.linear()
    weights = linear.weight[:, :2].astype(np.float32)
    wanted = TopkQuery(PAGE, np.ones(len(rows), np.bool_))
    work = {
        PLAIN: lambda: rows @ weights,
        "topk, quadrant": lambda: topk(rows, linear, QUADRANT, wanted),
        "topk, quadrant, 1 thread": lambda: topk(rows, linear, QUADRANT, wanted, n_threads=1),
        "topk, point": lambda: topk(rows, linear, POINT, wanted),
        "rank whole, quadrant": lambda: worker.rank(QUADRANT),
        "rank whole, point": lambda: worker.rank(POINT),
    }
    return in_turn({name: Step(each) for name, each in work.items()}, Size(rounds))


def _heading() -> list[str]:
    return [
        "# What ranking a catalogue costs",
        "",
        f"Printed by `make bench-rank` on {datetime.now(UTC):%Y-%m-%d} ({platform.machine()},"
        f" {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} when it began). A track is"
        f" {n_columns(N_COMPONENTS)} numbers of 4 bytes; {N_VOTED:,} tracks have others' votes; a"
        f" page is {PAGE} tracks. {N_THREADS} threads share a catalogue of some ten thousand"
        " tracks or more, where nothing else is said. Medians in milliseconds of this machine on"
        " that day; what counts are the ratios to the pass, which was measured in turn with the"
        " others. `whole` adds answered tracks, votes, names and order; HTTP and the database's"
        " few rows are not in it.",
        "",
    ]


def _table(size: int, costs: Mapping[str, Cost]) -> list[str]:
    least, n_bytes = costs[PLAIN], size * n_columns(N_COMPONENTS) * 4
    lines = [f"## {size:,} tracks, {n_bytes / 2**20:.1f} MiB", ""]
    lines += ["| | ms | passes | processor ms | passes |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {cost.wall_ms:.2f} | {cost.wall_ms / least.wall_ms:.2f} | {cost.cpu_ms:.2f}"
        f" | {cost.cpu_ms / least.cpu_ms:.2f} |"
        for name, cost in costs.items()
    ]
    return [*lines, ""]


def _memory(folder: Path, n_tracks: int) -> list[str]:
    """Two workers map the same files and rank; how much of their memory is their own."""
    context = get_context("spawn")  # what a forked process shares with its parent would count
    together, results = context.Barrier(2), context.Queue()
    asked = (folder, n_tracks, together, results)
    workers = [context.Process(target=_watched, args=asked) for _ in range(2)]
    for each in workers:
        each.start()
    before, after = results.get(timeout=600)
    for each in workers:
        each.join()
    on_disk = sum(path.stat().st_size for path in folder.rglob("*"))
    own, shared = ((after[kind] - before[kind]) / 2**20 for kind in ("private", "shared"))
    return [
        "## Memory",
        "",
        f"Two workers map the files of {n_tracks:,} tracks ({on_disk / 2**20:.0f} MiB on the disk)"
        f" and rank. Each then has {own:.1f} MiB more of its own than before it mapped them, and"
        f" {shared:.0f} MiB more that it shares with the other and that the system may take back"
        " at any time.",
        "",
    ]


def _watched(folder: Path, n_tracks: int, together: Barrier, results: Queue) -> None:
    worker = Worker(folder, n_tracks)
    rows = drawn(2 * ALONE, 0)  # so that the threads begin
    is_open = np.ones(len(rows), np.bool_)
    topk(rows, worker.model.linear(), POINT, TopkQuery(PAGE, is_open))
    before = _rollup()
    worker.warm_up()
    worker.track_features.current().rows.sum()
    together.wait()
    after = _rollup()
    together.wait()
    results.put((before, after))


def _rollup() -> dict[str, int]:
    """Return this process' private and shared memory in bytes."""
    text = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    kib = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
    return {
        kind.lower(): 1024 * (kib[f"{kind}_Clean"] + kib[f"{kind}_Dirty"])
        for kind in ("Private", "Shared")
    }


if __name__ == "__main__":
    main()
