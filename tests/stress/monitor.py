"""Memory, files and threads of the workers, PostgreSQL's connections and dead rows, and probes."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from threading import Event, Thread
from typing import Any, Self

import httpx
import psutil
import psycopg

from tests.journey.servers import Served
from tests.stress.keys import client

PROBES = ("/livez", "/readyz")
PROBE_PERIOD_S = 0.5
PROBE_S = 10.0
"""A probe without an answer after this long has failed."""

_CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
  AND pid <> pg_backend_pid()
"""
_HOT = """
SELECT sum(pg_total_relation_size(relid)) / 1e6, sum(n_dead_tup) FROM pg_stat_user_tables
WHERE relname IN ('track_votes', 'tally', 'user_count')
"""


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


@dataclass(frozen=True, slots=True)
class ServerReading:
    """What a database of PostgreSQL uses at one time.

    Attributes:
        hot_mb: Size of the tables that answers update, whose rows stay about as many.
        n_dead: Their dead rows, which autovacuum has not removed yet.
    """

    n_connections: int
    hot_mb: float
    n_dead: int


class ServerMonitor:
    """Reads what a database of PostgreSQL uses, each period."""

    def __init__(self, database_url: str, *, period_s: float) -> None:
        self._url = database_url.replace("+psycopg", "")
        self._period_s = period_s
        self._stop = Event()
        self._thread = Thread(target=self._watch)
        self.readings: list[ServerReading] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def most_dead(self) -> int:
        return max(each.n_dead for each in self.readings)

    def third(self, which: int) -> ServerReading:
        """Return the medians of the first, second or last third (0, 1 or 2)."""
        part = _third(self.readings, which)
        return ServerReading(
            round(median(each.n_connections for each in part)),
            median(each.hot_mb for each in part),
            round(median(each.n_dead for each in part)),
        )

    def _watch(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stop.wait(self._period_s):
                ((n_connections,),) = connection.execute(_CONNECTIONS).fetchall()
                ((hot_mb, n_dead),) = connection.execute(_HOT).fetchall()
                self.readings.append(ServerReading(n_connections, float(hot_mb), int(n_dead)))


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
    part = _third(readings, which)
    return Reading(
        median(each.at_s for each in part),
        median(each.rss_mb for each in part),
        round(median(each.n_files for each in part)),
        round(median(each.n_threads for each in part)),
    )


def _third(readings: Sequence[Any], which: int) -> Sequence[Any]:
    length = len(readings) // 3
    return readings[which * length : (which + 1) * length]


def pids(served: Served) -> set[int]:
    return {worker.pid for worker in served.workers()}
