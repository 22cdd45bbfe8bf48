"""``make bench-import``: `attune import` beside what the encoders alone can do.

The ceiling is the feature extractor in as many processes as there are cores, warm, on files in
the page cache; nothing is sent or stored. Files are taken slice by slice, and on each slice
both sides work in turn, so that a busy machine slows both. An import is the whole command, from
its start to its end, into a running service. Processor time is printed beside it, because it
depends less on the load of the machine.
"""

import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import click

from models.command_line import HELP_OPTIONS
from models.features.extraction import FeatureExtractor
from tests.bench.catalogue import shipped
from tests.bench.tables import say, table
from tests.journey.servers import ROOT, Served, environment, run, running, served_from

CLIPS = Path("emotify") / "clips"


@click.command(context_settings=HELP_OPTIONS)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=ROOT.parent / "shared" / "data",
    show_default=True,
)
@click.option("--files", type=click.IntRange(min=1), default=400, show_default=True)
@click.option("--slices", type=click.IntRange(min=1), default=2, show_default=True)
def main(data: Path, files: int, slices: int) -> None:
    """Measure `attune import` beside the encoders alone.

    The exit status is 1 if there are no clips.
    """
    clips = sorted((data / CLIPS).glob("*.ogg"))[:files]
    if not clips:
        say(f"NOT MEASURED: there are no clips in {data / CLIPS}; --data says where they are.")
        sys.exit(1)
    with tempfile.TemporaryDirectory() as folder:
        say(f"Machine: {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f} at the start.")
        _race(_sliced(clips, Path(folder) / "slices", slices), Path(folder))


@dataclass(frozen=True)
class Cost:
    """What some files took.

    Attributes:
        took_s: By the clock.
        cpu_s: Processor time of all who took part.
        here_s: Of it, that of the command.
    """

    n_files: int
    took_s: float
    cpu_s: float
    here_s: float = 0.0

    @property
    def rate(self) -> float:
        return self.n_files / self.took_s


@dataclass
class Runner:
    """A client that imports folders into one service."""

    served: Served
    home: Path

    def run(self, music: Path) -> None:
        """Import a folder."""
        environ = environment(self.home) | {
            "PYTHONPATH": str(ROOT / "clients" / "python"),
            "ATTUNE_URL": self.served.url,
            "NO_PROXY": "127.0.0.1",
        }
        command = [sys.executable, "-m", "attune_client", "import", str(music)]
        run(command, ROOT, environ)

    def cpu_s(self) -> float:
        """Return the processor time of the service so far."""
        times = [process.cpu_times() for process in self.served.processes()]
        return sum(each.user + each.system for each in times)


def _race(slices: Sequence[Path], folder: Path) -> None:
    n_cores = os.cpu_count() or 1
    costs: dict[str, list[Cost]] = {}
    with ExitStack() as stack:
        pool = stack.enter_context(ProcessPoolExecutor(n_cores, mp_context=get_context("spawn")))
        list(pool.map(_hear, [next(_files(slices[0]))] * (2 * n_cores)))  # loads and compiles
        runners = {
            "`attune import`, the service as it comes": _runner(stack, folder / "one"),
            "`attune import`, ATTUNE_WORKERS=2": _runner(
                stack, folder / "two", ATTUNE_WORKERS="2"
            ),
        }
        for runner in runners.values():
            runner.run(_warming(slices[0], folder))
        ceiling = f"the encoders alone, {n_cores} processes"
        for music in slices:
            files = list(_files(music))
            started = time.perf_counter()
            cpu_s = sum(pool.map(_hear, files))
            took_s = time.perf_counter() - started
            costs.setdefault(ceiling, []).append(Cost(len(files), took_s, cpu_s))
            for name, runner in runners.items():
                costs.setdefault(name, []).append(_imported(runner, music, len(files)))
    rows = [_row(name, each, costs[ceiling]) for name, each in costs.items()]
    n_files = sum(1 for music in slices for _ in _files(music))
    title = f"{n_files} clips in {len(slices)} slices; load {os.getloadavg()[0]:.1f} at the end"
    head = ["what", "files a second", "of the ceiling", "slice by slice", "processor ms a file"]
    table(title, [*head, "of it the command's"], rows)


def _imported(runner: Runner, music: Path, n_files: int) -> "Cost":
    started, there_s, here_s = time.perf_counter(), runner.cpu_s(), _children_s()
    runner.run(music)
    took_s = time.perf_counter() - started
    here_s = _children_s() - here_s
    return Cost(n_files, took_s, runner.cpu_s() - there_s + here_s, here_s)


def _children_s() -> float:
    """Return the processor time of commands that have ended; services have not."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _row(name: str, costs: Sequence["Cost"], floor: Sequence["Cost"]) -> list[str]:
    by_slice = [each.rate / most.rate for each, most in zip(costs, floor, strict=True)]
    rate = _mean(each.rate for each in costs)
    n_files = sum(each.n_files for each in costs)
    return [
        name,
        f"{rate:.1f}",
        f"{rate / _mean(most.rate for most in floor):.2f}",
        ", ".join(f"{share:.2f}" for share in by_slice),
        f"{sum(each.cpu_s for each in costs) / n_files * 1e3:.0f}",
        f"{sum(each.here_s for each in costs) / n_files * 1e3:.0f}",
    ]


def _runner(stack: ExitStack, folder: Path, **settings: str) -> Runner:
    served = stack.enter_context(running(served_from(folder / "service", **settings)))
    return Runner(served, folder / "home")


def _sliced(clips: Sequence[Path], folder: Path, n_slices: int) -> list[Path]:
    """Copy files into folders, in turn."""
    folders = [folder / str(number) for number in range(n_slices)]
    for place in folders:
        place.mkdir(parents=True)
    for number, clip in enumerate(clips):
        shutil.copy(clip, folders[number % n_slices] / clip.name)
    return folders


def _warming(music: Path, folder: Path) -> Path:
    """Return a folder of a few files under other names: a service's first requests are slow."""
    warming = folder / "warming"
    warming.mkdir(exist_ok=True)
    for number, file in zip(range(8), _files(music), strict=False):
        shutil.copy(file, warming / f"warming-{number}.ogg")
    return warming


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.glob("*.ogg")))


@cache
def _extractor() -> FeatureExtractor:
    return shipped()[1]


def _hear(path: Path) -> float:
    """Hear a recording; return the processor time that it took, in seconds."""
    extractor, before_s = _extractor(), time.process_time()
    with path.open("rb") as file:
        extractor.audio(file)
    return time.process_time() - before_s


def _mean(rates: Iterable[float]) -> float:
    return statistics.harmonic_mean(list(rates))  # of equal slices: files by seconds


if __name__ == "__main__":
    main()
