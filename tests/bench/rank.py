"""``make bench-rank``: ranking and querying a large catalogue beside one plain NumPy pass.

The plain pass multiplies the same memory-mapped bytes by two columns of weights: what any score
that is linear in a track's numbers costs at least. All is measured in turn, round by round, in one
run; ratios are of medians.
"""

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import click
import numpy as np
from threadpoolctl import threadpool_limits

from models.command_line import HELP_OPTIONS
from models.emotion import SIGNS, Quadrant
from models.personal.gaussian import (
    Components,
    Gaussian,
    PersonalLogistic,
    Prior,
    learn,
    n_columns,
    sketches,
)
from models.ranking import Point, Wanted, best, sweep
from service.db.sketches import Sketches
from service.labels import Label, LabelEvent
from service.listeners import Listener
from service.live_votes import LiveVotes
from service.rank import Order, rank
from service.votes import VoteChanges
from tests.fakes import FakeClock

SIZES = (250_000, 500_000, 1_000_000)
FAR = 10_000_000
N_COMPONENTS, N_VOTED, PAGE, ROUNDS = 32, 10_000, 50, 21
ANSWERS = (10, 100)
AT_ONCE = 50_000
OUT = Path("reports/rank")
PRIOR = Prior(
    np.full(2, 0.5), np.zeros(2), np.ones(2), shared=0.2, level=0.1, taste=0.5, noise=0.7
)
N_THREADS = 2
POINT = Point(0.4, -0.3)


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
    lines = [*_heading()]
    medians: list[Mapping[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            worker = Worker(Path(folder) / str(size), size)
            worker.warm_up()
            medians.append(_measure(worker, rounds))
            lines += _table(size, medians[-1])
        lines += _memory(Path(folder) / str(size), size)
    lines += _extrapolated(sizes, medians)
    page = "\n".join([*lines, ""])
    out.mkdir(parents=True, exist_ok=True)
    (out / "index.md").write_text(page, encoding="utf-8")
    click.echo(page, nl=False)


class Generated:
    """A catalogue of generated sketches, as a feed of changes tells it."""

    def __init__(self, n_tracks: int) -> None:
        self.n_tracks = n_tracks

    def now(self) -> tuple[str, int]:
        return "generated", self.n_tracks

    def since(self, revision: int) -> tuple[int, list[tuple[str, np.ndarray]]]:
        end = min(revision + AT_ONCE, self.n_tracks)
        rows = drawn(end - revision, revision)
        named = [(f"t{number:08}", row) for number, row in enumerate(rows, revision)]
        return end, named


def drawn(n_tracks: int, seed: int) -> np.ndarray:
    """Return sketches drawn at random."""
    rng = np.random.default_rng(seed)
    phi = rng.normal(0.0, N_COMPONENTS**-0.5, (n_tracks, N_COMPONENTS))
    return sketches(rng.dirichlet(np.ones(4), n_tracks), phi)


@dataclass
class Said:
    """A listener's log, and what others voted."""

    events_: list[LabelEvent]

    def last_seq(self, user_id: str) -> int:
        del user_id
        return len(self.events_)

    def events(self, user_id: str) -> list[LabelEvent]:
        del user_id
        return self.events_

    def votes_since(self, revision: int) -> VoteChanges:
        if revision:
            return VoteChanges(revision, {})
        rng = np.random.default_rng(9)
        counts = rng.integers(0, 3, (N_VOTED, 4)).tolist()
        return VoteChanges(1, {f"t{number:08}": tuple(c) for number, c in enumerate(counts)})


@dataclass
class Known:
    """The one listener there is."""

    model: PersonalLogistic

    def current(self, user_id: str) -> Listener:
        return Listener(user_id, self.model.n_labels, self.model)


class Worker:
    """What one worker holds to rank a catalogue of this size."""

    def __init__(self, folder: Path, n_tracks: int) -> None:
        self.n_tracks = n_tracks
        width = n_columns(N_COMPONENTS)
        self.sketches = Sketches(Generated(n_tracks), folder, "bench", width)
        components = Components(np.zeros(N_COMPONENTS), np.eye(N_COMPONENTS))
        self.shared = Gaussian(PRIOR, components, 1.1, np.full((2, 2), 0.8))
        self.votes: dict[int, LiveVotes] = {}
        self.models = {n: self.model(n) for n in ANSWERS}
        self.logs = {n: Said(self.answers(n)) for n in ANSWERS}

    def warm_up(self) -> None:
        """Write the files if they are not there, and rank for everybody once."""
        began = time.perf_counter()
        for n in ANSWERS:
            self.votes[n] = LiveVotes(self.logs[n])
            self.rank(n, Quadrant.Q1)
        sys.stderr.write(f"{self.n_tracks:,} tracks in {time.perf_counter() - began:.0f} s\n")

    def answers(self, n: int) -> list[LabelEvent]:
        """Return so many answers on tracks that nobody else voted on, all different."""
        labels = [Label(f"e{i}", f"t{N_VOTED + 7 * i:08}", Quadrant.Q1) for i in range(n)]
        clock = FakeClock()
        return [LabelEvent(i, "ana", label, clock()) for i, label in enumerate(labels, 1)]

    def model(self, n: int) -> PersonalLogistic:
        """Return the model of somebody with a taste of their own who has answered that many."""
        rng = np.random.default_rng(n)
        rows = drawn(n, 12345)
        leaning = rows[:, 4:] @ rng.normal(0, 2.0, (N_COMPONENTS, 2)) + rows[:, :2]
        points = np.where(leaning > 0, 1.0, -1.0)
        y = (SIGNS[None] == points[:, None]).all(axis=2).argmax(axis=1)
        model = learn(self.shared, rows, points, y)
        assert model.is_used, "This listener should differ from everybody."
        return model

    def rank(self, n: int, target: Quadrant | Point) -> None:
        """Do all that a request does, but for HTTP and the database."""
        found = rank(
            Order("ana", target, PAGE),
            sketches=self.sketches,
            votes=self.votes[n],
            log=self.logs[n],
            listeners=Known(self.models[n]),
        )
        assert len(found.tracks) == PAGE


def _measure(worker: Worker, rounds: int) -> dict[str, float]:
    rows = worker.sketches.current().rows
    is_open = np.ones(len(rows), np.bool_)
    weights = worker.models[ANSWERS[0]].linear().weight.astype(np.float32)

    def plain(n_threads: int) -> None:
        with threadpool_limits(n_threads, "blas"):
            rows @ weights

    work: dict[str, Callable[[], object]] = {
        "plain pass, 1 thread": lambda: plain(1),
        "plain pass, 2 threads": lambda: plain(N_THREADS),
    }
    for n in ANSWERS:
        linear, wanted = worker.models[n].linear(), Wanted(PAGE, is_open)
        work |= {
            f"query's pass, {n} labels": lambda linear=linear: sweep(rows, linear),
            f"rank's pass, quadrant, {n} labels": lambda linear=linear, wanted=wanted: best(
                rows, linear, Quadrant.Q2, wanted
            ),
            f"rank's pass, point, {n} labels": lambda linear=linear, wanted=wanted: best(
                rows, linear, POINT, wanted
            ),
            f"rank whole, quadrant, {n} labels": lambda n=n: worker.rank(n, Quadrant.Q2),
            f"rank whole, point, {n} labels": lambda n=n: worker.rank(n, POINT),
        }
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for number in range(rounds + 1):
        for name, each in work.items():
            began = time.perf_counter()
            each()
            if number:  # the first round warms up
                seconds[name].append(time.perf_counter() - began)
    return {name: float(np.median(each)) * 1e3 for name, each in seconds.items()}


def _heading() -> list[str]:
    return [
        "# What ranking a catalogue costs",
        "",
        f"Printed by `make bench-rank` ({platform.machine()}, {os.cpu_count()} cores, load"
        f" {os.getloadavg()[0]:.1f} when it began). A track is {n_columns(N_COMPONENTS)} numbers"
        f" of 4 bytes; {N_VOTED:,} tracks have others' votes; a page is {PAGE} tracks; {N_THREADS}"
        " threads. Medians in milliseconds of this machine on that day; what counts are the ratios"
        " to the faster of the two plain passes, which were measured in turn with the others. The"
        " rank of what a listener's answers have taught is 10 after 10 labels and 33 after 100.",
        "`whole` adds excluded tracks, votes, names and order to the pass; HTTP and the database's"
        " few rows are not in it.",
        "",
    ]


def _floor(medians: Mapping[str, float]) -> float:
    return min(ms for name, ms in medians.items() if name.startswith("plain"))


def _table(size: int, medians: Mapping[str, float]) -> list[str]:
    floor, n_bytes = _floor(medians), size * n_columns(N_COMPONENTS) * 4
    lines = [f"## {size:,} tracks, {n_bytes / 2**20:.0f} MiB", ""]
    lines += ["| | ms | of the plain pass |", "|---|---|---|"]
    lines += [f"| {name} | {ms:.1f} | {ms / floor:.2f} |" for name, ms in medians.items()]
    return [*lines, ""]


def _extrapolated(sizes: Sequence[int], medians: list[Mapping[str, float]]) -> list[str]:
    lines = [f"## {FAR:,} tracks, by extrapolation", ""]
    lines += [
        f"Not measured: a line through the {len(sizes)} sizes above, read off far beyond.",
        "",
    ]
    lines += ["| | ms a million tracks more | ms |", "|---|---|---|"]
    for name in medians[0]:
        slope, start = np.polyfit(sizes, [each[name] for each in medians], 1)
        lines.append(f"| {name} | {slope * 1e6:.1f} | {start + slope * FAR:.0f} |")
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
    rows = drawn(1000, 0)
    is_open = np.ones(len(rows), np.bool_)
    best(rows, worker.models[ANSWERS[0]].linear(), POINT, Wanted(PAGE, is_open))  # threads begin
    before = _rollup()
    worker.warm_up()
    worker.sketches.current().rows.sum()
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
