"""Ranking and asking over 10,000,000 tracks in one process.

The files of track features are generated, since a database of as many tracks takes 50 GB. HTTP
and the database's few rows are not in the figures.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Self

import numpy as np

from models.query import PERSONAL, SCANNED
from tests.bench.costs import Size, Step, in_turn
from tests.bench.rank import PLAIN, POINT, QUADRANT, Worker
from tests.bench.tables import say

N_TRACKS = 10_000_000
ROUNDS = 5

PATIENCE_S = 1_200.0


@dataclass(frozen=True, slots=True)
class Large:
    """What was measured over a large catalogue.

    Attributes:
        file_bytes: Of the track features.
        made_s: Processor time of generating them.
        opened_s: Processor time of the first ranking in a new process.
        own_mib: Memory of the process alone, after all calls.
        mapped_mib: Memory of files, which all processes of the machine share.
        cpu_ms: Processor time of each call, and of the pass.
        wall_ms: Wall time of the same.
    """

    n_tracks: int
    file_bytes: int
    made_s: float
    opened_s: float
    own_mib: float
    mapped_mib: float
    cpu_ms: Mapping[str, float]
    wall_ms: Mapping[str, float]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what `write` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def write(self, path: Path) -> None:
        """Keep it."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


def measure(folder: Path, n_tracks: int = N_TRACKS) -> Large:
    """Generate the files unless they are there, and measure in a process of its own."""
    say(f"Ranking {n_tracks:,} tracks in one process …")
    began = time.process_time()
    Worker(folder, n_tracks).warm_up()
    made_s = time.process_time() - began
    context = get_context("spawn")
    results = context.Queue()
    process = context.Process(target=_watch, args=(folder, n_tracks, made_s, results))
    process.start()
    try:
        found: Large = results.get(timeout=PATIENCE_S)
    finally:
        process.join()
    return found


def _watch(folder: Path, n_tracks: int, made_s: float, results: "Queue[Large]") -> None:
    began = time.process_time()
    worker = Worker(folder, n_tracks)
    worker.rank(QUADRANT)
    opened_s = time.process_time() - began
    rows = worker.track_features.current().rows
    weights = np.ones((rows.shape[1], 2), np.float32)
    work = {
        PLAIN: lambda: rows @ weights,
        "rank, quadrant": partial(worker.rank, QUADRANT),
        "rank, point": partial(worker.rank, POINT),
        **{f"query {name}": partial(worker.query, name) for name in sorted({*SCANNED, *PERSONAL})},
    }
    costs = in_turn({name: Step(each) for name, each in work.items()}, Size(ROUNDS))
    own_mib, mapped_mib = _memory_mib()
    results.put(
        Large(
            n_tracks,
            sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
            made_s,
            opened_s,
            own_mib,
            mapped_mib,
            {name: cost.cpu_ms for name, cost in costs.items()},
            {name: cost.wall_ms for name, cost in costs.items()},
        )
    )


def _memory_mib() -> tuple[float, float]:
    """Return this process' memory of its own, and of mapped files."""
    text = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    kib = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
    return kib["Anonymous"] / 1024, (kib["Rss"] - kib["Anonymous"]) / 1024
