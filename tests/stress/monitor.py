"""Memory, files and threads of the workers, and the answers of probes, read by threads."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from threading import Event, Thread
from typing import Self

import httpx
import psutil

from tests.journey.servers import Served
from tests.stress.keys import client

PROBES = ("/livez", "/readyz")
PROBE_PERIOD_S = 0.5
PROBE_S = 10.0
"""A probe without an answer after this long has failed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Sums over all workers at one time, in seconds since the epoch."""

    at_s: float
    rss_mb: float
    n_files: int
    n_threads: int


class Monitor:
    """Reads what workers use, each period."""

    def __init__(self, served: Served, *, period_s: float = 1.0) -> None:
        self._served = served
        self._period_s = period_s
        self._stop = Event()
        self._thread = Thread(target=self._watch)
        self._pids = pids(served)
        self.readings: list[Reading] = []
        self.n_died = 0

    def __enter__(self) -> Self:
        self.readings = [read(self._served)]
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.readings.append(read(self._served))
        self.n_died = len(self._pids - pids(self._served))

    @property
    def before_mb(self) -> float:
        return self.readings[0].rss_mb

    @property
    def peak_mb(self) -> float:
        return max(reading.rss_mb for reading in self.readings)

    def _watch(self) -> None:
        while not self._stop.wait(self._period_s):
            with suppress(psutil.NoSuchProcess):
                self.readings.append(read(self._served))


class Probes:
    """Requests both probes twice a second, each time on a new connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = Event()
        self._threads = [Thread(target=self._probe, args=[path]) for path in PROBES]
        self.took_s: list[float] = []
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _probe(self, path: str) -> None:
        with client(self._port, keeps=False, timeout_s=PROBE_S) as http:
            while not self._stop.wait(PROBE_PERIOD_S):
                started = time.monotonic()
                try:
                    http.get(path).raise_for_status()
                except httpx.HTTPError as error:
                    self.failures.append(f"{path}: {error!r}")
                self.took_s.append(time.monotonic() - started)


def read(served: Served) -> Reading:
    """Return what all workers use now."""
    workers = served.workers()
    return Reading(
        time.time(),
        sum(worker.memory_info().rss for worker in workers) / 1e6,
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
    return {worker.pid for worker in served.workers()}
