"""Memory of ``python -m service`` by process and number of workers, after predictions.

``python -m tests.bench.memory [N_WORKERS ...]`` prints it; the values are 1, 2 and 4 by default.
PSS divides a page by the processes that map it, so its sum is what the service takes, apart from
files that other services on the machine map too.
"""

import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.bench.server import attune, running
from tests.journey.servers import Served

N_PREDICTIONS = 100
_MIB = 2**20
_SETTLES_S = 2.0


def main(numbers: list[int]) -> None:
    _print_row("Workers", "Process", "Resident MiB", "Proportional MiB", "Ready after s")
    _print_row("---:", "---", "---:", "---:", "---:")
    for n_workers in numbers:
        with tempfile.TemporaryDirectory() as folder:
            database = f"sqlite:///{folder}/attune.db"
            served = attune(Path(folder), database, ATTUNE_WORKERS=str(n_workers))
            began = time.monotonic()
            with running(served):
                _print_rows(served, n_workers, time.monotonic() - began)


def _print_rows(served: Served, n_workers: int, start_s: float) -> None:
    with httpx.Client(trust_env=False) as http:
        for number in range(N_PREDICTIONS):
            lyrics = f"The sun is up, the road is long, and {number} birds sing along"
            http.post(f"{served.url}/predict", json={"lyrics": lyrics}).raise_for_status()
    time.sleep(_SETTLES_S)
    workers = served.workers()
    total = 0.0
    for process in served.processes():
        memory = process.memory_full_info()
        kind = "worker" if process in workers else "supervisor"
        total += memory.pss
        _print_row(n_workers, kind, f"{memory.rss / _MIB:.0f}", f"{memory.pss / _MIB:.0f}", "")
    _print_row(n_workers, "all", "", f"{total / _MIB:.0f}", f"{start_s:.1f}")


def _print_row(*cells: object) -> None:
    sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [1, 2, 4])
