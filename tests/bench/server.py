"""The servers that are measured, each a process of its own behind a port.

Ours stands beside BentoML with an API that does nothing and a plain FastAPI application.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.costs import processor_time_s
from tests.journey.servers import ROOT, Served, free_port

HOST = "127.0.0.1"
START_S = 300.0
"""How long a server may take to start: the machine may do much else."""
_OURS_TO_SET = ("ATTUNE_", "BENTOML_")


def attune(folder: Path, database_url: str, **settings: str) -> Served:
    """Return Attune as an operator serves it, not started."""
    command = [sys.executable, "-m", "service", "--host", HOST]
    return _served(command, folder, ATTUNE_DATABASE_URL=database_url, **settings)


def stock_bentoml(folder: Path) -> Served:
    """Return BentoML as it comes, with ``POST /empty``, not started."""
    service = "tests.bench.stock_bentoml:Stock"
    command = [sys.executable, "-m", "bentoml", "serve", service, "--host", HOST]
    return _served(command, folder)


def plain_fastapi(folder: Path, database_url: str) -> Served:
    """Return FastAPI on uvicorn as they come, over the same database, not started."""
    command = [sys.executable, "-m", "uvicorn", "tests.bench.plain_fastapi:app", "--host", HOST]
    return _served(command, folder, ATTUNE_DATABASE_URL=database_url)


@contextmanager
def running(served: Served) -> Iterator[Served]:
    """Start a server and wait until it is ready; at the end it is killed."""
    served.start()
    try:
        served.until_ready(START_S)
        yield served
    finally:
        served.kill()


def worker_time_s(served: Served) -> float:
    """Return the processor time that the processes which answer have taken so far, in seconds.

    The process that only starts workers is left out; uvicorn is its own worker.
    """
    answering = served.workers() or served.processes()
    return sum(processor_time_s(process.pid) for process in answering)


def _served(command: list[str], folder: Path, **more: str) -> Served:
    """Return a server on a free port; nothing that is set for Attune here reaches it."""
    port = free_port()
    kept = {name: each for name, each in os.environ.items() if not name.startswith(_OURS_TO_SET)}
    environ = kept | {
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_HOME": str(folder / "bentoml"),
        "OMP_NUM_THREADS": "1",
        "ATTUNE_CALIBRATE": "never",
    }
    return Served([*command, "--port", str(port)], folder, environ | more, port, cwd=ROOT)
