"""Metrics for Prometheus, counted by route template so that they contain no user ids.

They are summed over all workers: each worker keeps its numbers in files of a shared folder, and
the one that is scraped reads them all. A new worker takes over the files of one that ended, so
that counts are kept and the number of files stays at the highest number of workers.
"""

import fcntl
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

import psutil  # type: ignore[import-untyped]  # BentoML's; it brings no types
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.private_files import make_folder, opener

if TYPE_CHECKING:  # the module compiles loops
    from service.serving.personal_models import ModelSource

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

Role = Literal["primary", "candidate"]
"""Role of a served snapshot."""


def counted_method(method: str) -> str:
    """Return a method as counted and logged: all unknown methods are ``other``."""
    return method if method in _METHODS else "other"


class Metrics:
    """Counts what the workers do; safe for several threads.

    Args:
        folder: Folder shared by the workers; None for a single process.
        version: Version of the service, for ``attune_build_info``.
    """

    def __init__(self, folder: Path | None, version: str = "") -> None:
        self._place = None if folder is None else _Place(folder)
        self._version = version
        self._registry = CollectorRegistry()
        self._serving: set[tuple[str, Role]] = set()
        self._requests = Counter(
            "attune_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "attune_request_seconds",
            "Time from the first byte of a request to the last byte of its reply.",
            ["method", "route"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._refusals = self._counter(
            "attune_refusals", "Error replies, by their code.", ["reason"]
        )
        self._labels = self._counter(
            "attune_labels_accepted", "Labels recorded, repeats not counted.", []
        )
        self._models = self._counter(
            "attune_personal_models",
            "Personal models requested, by their source: memory, database or log.",
            ["source"],
        )
        self._failures = self._counter(
            "attune_database_errors", "Requests and checks that the database failed.", []
        )
        self._in_progress = self._gauge(
            "attune_requests_in_progress", "Requests that are not answered yet."
        )
        self._waiting = self._gauge(
            "attune_requests_waiting", "Requests in progress that wait for a thread."
        )
        self._with_audio = self._gauge(
            "attune_audio_in_progress", "Requests in progress with audio that is read or waits."
        )
        self._snapshots = Gauge(
            "attune_snapshot_workers",
            "Workers that serve a snapshot, by its role: primary or candidate.",
            ["version", "role"],
            multiprocess_mode="livesum",
            registry=self._registry,
        )

    def start(self) -> None:
        """Count this process as a worker from now on."""
        if self._place is not None:
            self._place.write_pid()

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        method = counted_method(method)
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def in_progress(self) -> AbstractContextManager[None]:
        """Count a request as in progress during the block."""
        return _counted_in(self._in_progress)

    def with_audio(self) -> AbstractContextManager[None]:
        """Count a request as one with audio during the block."""
        return _counted_in(self._with_audio)

    @contextmanager
    def waiting(self) -> Iterator["QueuePlace"]:
        """Count a request as waiting, until its turn begins or the block ends."""
        self._waiting.inc()
        turn = QueuePlace(self._waiting)
        try:
            yield turn
        finally:
            turn.begin()

    def refused(self, code: str) -> None:
        """Count an error reply by its code."""
        self._refusals.labels(code).inc()
        if code == "store_unavailable":
            self.database_failed()

    def count_labels(self, n: int) -> None:
        """Count recorded labels."""
        self._labels.inc(n)

    def count_model(self, source: "ModelSource") -> None:
        """Count a requested personal model by its source."""
        self._models.labels(source).inc()

    def database_failed(self) -> None:
        """Count a failure of the database that is not an error reply."""
        self._failures.inc()

    def set_served(self, snapshots: Mapping[Role, str]) -> None:
        """Set the snapshots that this worker serves: versions by role."""
        now = {(version, role) for role, version in snapshots.items()}
        for version, role in self._serving - now:
            self._snapshots.labels(version, role).set(0)
        for version, role in now:
            self._snapshots.labels(version, role).set(1)
        self._serving = now

    def exposition(self) -> bytes:
        """Return the metrics of all workers in Prometheus' text format."""
        live_registry = CollectorRegistry()
        live_registry.register(_MultiprocessCollector(self._registry, self._place, self._version))
        return generate_latest(live_registry)

    def _counter(self, name: str, meaning: str, labels: list[str]) -> Counter:
        return Counter(name, meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, multiprocess_mode="livesum", registry=self._registry)


@contextmanager
def _counted_in(gauge: Gauge) -> Iterator[None]:
    gauge.inc()
    try:
        yield
    finally:
        gauge.dec()


class QueuePlace:
    """A place in a queue, which is left once."""

    def __init__(self, queue: Gauge) -> None:
        self._queue = [queue]

    def begin(self) -> None:
        """Leave the queue; later calls, also from other threads, have no effect."""
        with suppress(IndexError):
            self._queue.pop().dec()


class _Place:
    """This process's number among all workers: the lowest that no living process holds.

    A number is held by a lock on a file, which the system releases when the process ends.
    Prometheus' client would name files by process id, and never delete them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        make_folder(folder)
        with self._alone():
            self._number, self._held = self._take()
            for stale in folder.glob(f"gauge_live*_{self._number}.db"):
                stale.unlink()
        values.ValueClass = values.MultiProcessValue(lambda: self._number)  # type: ignore[no-untyped-call]

    def write_pid(self) -> None:
        """Write the process id into the held file."""
        self._held.truncate(0)
        self._held.write(str(os.getpid()))
        self._held.flush()

    def living(self) -> dict[str, int]:
        """Return the numbers held by living processes, with the worker's process id or 0."""
        found = {}
        with self._alone():
            for path in self._folder.glob("place_*"):
                with path.open() as place:
                    if not _is_free(place):
                        found[path.name.removeprefix("place_")] = int(place.read() or "0")
        return found

    def files(self, living: Iterable[str]) -> list[str]:
        """Return the files to read: gauges of living processes, and all counters."""
        held = set(living)
        return [
            str(path)
            for path in self._folder.glob("*.db")
            if not path.name.startswith("gauge_live") or path.stem.rpartition("_")[2] in held
        ]

    def _take(self) -> tuple[str, IO[str]]:
        for number in map(str, count()):
            # In append mode, because opening must not truncate a living worker's file.
            held = open(self._folder / f"place_{number}", "a", opener=opener)  # noqa: SIM115  # kept
            if _is_free(held, keep=True):
                held.truncate(0)
                return number, held
            held.close()
        raise AssertionError("count() is infinite")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with open(self._folder / "places.lock", "w", opener=opener) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _is_free(held: IO[str], *, keep: bool = False) -> bool:
    """Whether no process holds a file's lock; with ``keep`` take it if so."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    if not keep:
        fcntl.flock(held, fcntl.LOCK_UN)
    return True


class _MultiprocessCollector(Collector):
    """Collects the numbers of all workers and their processes."""

    def __init__(self, own: CollectorRegistry, place: _Place | None, version: str) -> None:
        self._own = own
        self._place = place
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        living = {"": os.getpid()} if self._place is None else self._place.living()
        for metric in self._counted(living):
            # The series of a snapshot that is not served any more would stay otherwise.
            is_ended = metric.name == "attune_snapshot_workers"
            metric.samples = [s for s in metric.samples if s.value or not is_ended]
            yield metric
        yield from _processes([pid for pid in living.values() if pid])
        built = GaugeMetricFamily(
            "attune_build_info", "Always 1; the versions in use.", labels=["version", "python"]
        )
        built.add_metric([self._version, sys.version.split()[0]], 1)
        yield built

    def _counted(self, living: Mapping[str, int]) -> Iterable[Metric]:
        if self._place is None:
            return self._own.collect()
        files = self._place.files(living)
        merged: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return merged


def _processes(pids: Iterable[int]) -> Iterator[Metric]:
    """Yield the number of workers, their memory and their age."""
    resident, started = [], []
    for pid in pids:
        with suppress(psutil.Error):  # the process may have ended
            process = psutil.Process(pid)
            resident.append(process.memory_info().rss)
            started.append(process.create_time())
    for name, meaning, value in (
        ("attune_workers", "Workers that answer requests.", len(resident)),
        ("attune_resident_memory_bytes", "Memory of all workers.", sum(resident)),
        (
            "attune_resident_memory_max_bytes",
            "Memory of the largest worker.",
            max(resident, default=0),
        ),
        (
            "attune_start_time_seconds",
            "Start time of the oldest worker, in Unix time.",
            min(started, default=0),
        ),
        (
            "attune_uptime_seconds",
            "Age of the oldest worker.",
            time.time() - min(started, default=time.time()),
        ),
    ):
        yield GaugeMetricFamily(name, meaning, value=value)
