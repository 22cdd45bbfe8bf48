"""What workers take meanwhile, and whether probes are answered: each watched by a thread."""

import http.client
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from threading import Event, Thread
from typing import Self

import psutil

from tests.journey.serving import Served
from tests.stress.wire import HOST

MEGABYTE = 1e6
PROBES = ("/livez", "/readyz")
PROBED_EACH_S = 0.5
PROBE_S = 10.0
"""A probe that is not answered within these is a failed one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What all workers take together at one time.

    Attributes:
        at_s: On the clock that only goes forward.
    """

    at_s: float
    rss_mb: float
    n_files: int
    n_threads: int


class Gauges:
    """Reads what workers take, again and again."""

    def __init__(self, served: Served, *, each_s: float = 1.0) -> None:
        self._served = served
        self._each_s = each_s
        self._is_over = Event()
        self._thread = Thread(target=self._watch)
        self.readings: list[Reading] = []

    def __enter__(self) -> Self:
        self.readings = [read(self._served)]
        self._thread.start()
        return self

    def __exit__(self, *told: object) -> None:
        del told
        self._is_over.set()
        self._thread.join()
        self.readings.append(read(self._served))

    @property
    def peak_mb(self) -> float:
        """The most memory that was taken."""
        return max(reading.rss_mb for reading in self.readings)

    def _watch(self) -> None:
        while not self._is_over.wait(self._each_s):
            with suppress(psutil.NoSuchProcess):
                self.readings.append(read(self._served))


class Probes:
    """Asks whether the service lives and is ready, twice a second, each on a new connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._is_over = Event()
        self._threads = [Thread(target=self._ask, args=[path]) for path in PROBES]
        self.took_s: list[float] = []
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *told: object) -> None:
        del told
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, path: str) -> None:
        while not self._is_over.wait(PROBED_EACH_S):
            started = time.monotonic()
            if told := _failure(self._port, path):
                self.failures.append(f"{path}: {told}")
            self.took_s.append(time.monotonic() - started)


def _failure(port: int, path: str) -> str:
    """Return what is wrong with a probe; nothing if it is answered as it should be."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PROBE_S)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()
    return "" if status == http.HTTPStatus.OK else str(status)


def read(served: Served) -> Reading:
    """Return what all workers take now."""
    workers = served.workers()
    return Reading(
        time.monotonic(),
        sum(worker.memory_info().rss for worker in workers) / MEGABYTE,
        sum(worker.num_fds() for worker in workers),
        sum(worker.num_threads() for worker in workers),
    )


def third(readings: Sequence[Reading], which: int) -> Reading:
    """Return the medians of the first, second or last third (0, 1 or 2)."""
    length = len(readings) // 3
    part = readings[which * length : (which + 1) * length]
    return Reading(
        median(each.at_s for each in part),
        median(each.rss_mb for each in part),
        round(median(each.n_files for each in part)),
        round(median(each.n_threads for each in part)),
    )


def pids(served: Served) -> set[int]:
    """Return the ids of the workers."""
    return {worker.pid for worker in served.workers()}
