"""Metrics for Prometheus: counted by route template, never by path, so that no user id gets in.

All workers are summed: each keeps its numbers in files of a folder that they share, and whichever
is asked reads all files. A worker that starts takes over the files of one that ended, so that
nothing counted is lost and there are never more files than there were workers at once.
"""

import fcntl
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

import psutil  # type: ignore[import-untyped]  # BentoML's; it brings no types
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.private_files import make_folder, opener

if TYPE_CHECKING:  # it compiles loops
    from service.serving.personal_models import ModelSource

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

Role = Literal["primary", "candidate"]
"""What a snapshot is served as."""


def counted_method(method: str) -> str:
    """Return a method as it is counted and logged: those nobody has heard of are one."""
    return method if method in _METHODS else "other"


class Metrics:
    """Counts what the workers do; every method may be called by several threads.

    Args:
        folder: What the workers share, or None when this process is alone.
        version: Of the service, told as ``attune_build_info``.
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
            "Time from the first byte of a request to the last of its answer.",
            ["method", "route"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._refusals = self._counter(
            "attune_refusals", "Problems answered, by their code.", ["reason"]
        )
        self._labels = self._counter(
            "attune_labels_accepted", "Labels recorded, repeats not counted.", []
        )
        self._models = self._counter(
            "attune_personal_models",
            "Personal models asked for, by where they came from: memory, database or log.",
            ["source"],
        )
        self._failures = self._counter(
            "attune_database_errors", "Requests and checks that the database failed.", []
        )
        self._in_progress = self._gauge(
            "attune_requests_in_progress", "Requests begun and not answered."
        )
        self._waiting = self._gauge(
            "attune_requests_waiting", "Requests in progress that wait for a thread."
        )
        self._snapshots = Gauge(
            "attune_snapshot_workers",
            "Workers that serve a snapshot, as what everybody gets or as a candidate.",
            ["version", "role"],
            multiprocess_mode="livesum",
            registry=self._registry,
        )

    def start(self) -> None:
        """Count this process as a worker from now on."""
        if self._place is not None:
            self._place.settle()

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        method = counted_method(method)
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    @contextmanager
    def in_progress(self) -> Iterator[None]:
        """Count a request as begun and not answered."""
        self._in_progress.inc()
        try:
            yield
        finally:
            self._in_progress.dec()

    @contextmanager
    def waiting(self) -> Iterator["QueuePlace"]:
        """Count a request as waiting, until its turn begins or it is given up."""
        self._waiting.inc()
        turn = QueuePlace(self._waiting)
        try:
            yield turn
        finally:
            turn.begin()

    def refused(self, code: str) -> None:
        """Count a problem that was answered, by its code."""
        self._refusals.labels(code).inc()
        if code == "store_unavailable":
            self.database_failed()

    def count_labels(self, n: int) -> None:
        """Count labels that were recorded."""
        self._labels.inc(n)

    def model_found(self, source: "ModelSource") -> None:
        """Count a personal model that was asked for, by where it came from."""
        self._models.labels(source).inc()

    def database_failed(self) -> None:
        """Count that the database could not be used, where no request is refused for it."""
        self._failures.inc()

    def serves(self, snapshots: Mapping[Role, str]) -> None:
        """Tell which snapshots this worker serves now: the versions by their role."""
        now = {(version, role) for role, version in snapshots.items()}
        for version, role in self._serving - now:
            self._snapshots.labels(version, role).set(0)
        for version, role in now:
            self._snapshots.labels(version, role).set(1)
        self._serving = now

    def exposition(self) -> bytes:
        """Return the numbers of all workers in Prometheus' text format."""
        live_registry = CollectorRegistry()
        live_registry.register(_MultiprocessCollector(self._registry, self._place, self._version))
        return generate_latest(live_registry)

    def _counter(self, name: str, meaning: str, labels: list[str]) -> Counter:
        return Counter(name, meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, multiprocess_mode="livesum", registry=self._registry)


class QueuePlace:
    """A place in a queue, given up once."""

    def __init__(self, queue: Gauge) -> None:
        self._queue = [queue]

    def begin(self) -> None:
        """Leave the queue; doing it again, also from another thread, changes nothing."""
        with suppress(IndexError):
            self._queue.pop().dec()


class _Place:
    """This process's place among the files of all workers: the lowest that no living one holds.

    A place is held by a lock on a file, which the system lets go of when the process ends, however
    it ends. Prometheus' client would name files after processes, and never delete them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        make_folder(folder)
        with self._alone():
            self._number, self._held = self._take()
            for stale in folder.glob(f"gauge_live*_{self._number}.db"):
                stale.unlink()
        values.ValueClass = values.MultiProcessValue(lambda: self._number)  # type: ignore[no-untyped-call]

    def settle(self) -> None:
        """Write down which process is here."""
        self._held.truncate(0)
        self._held.write(str(os.getpid()))
        self._held.flush()

    def living(self) -> dict[str, int]:
        """Return the places that living processes hold, with the workers' process ids or 0."""
        found = {}
        with self._alone():
            for path in self._folder.glob("place_*"):
                with path.open() as tried:
                    if not _is_free(tried):
                        found[path.name.removeprefix("place_")] = int(tried.read() or "0")
        return found

    def files(self, living: Iterable[str]) -> list[str]:
        """Return the files to read: what is true of a process now ends with it."""
        held = set(living)
        return [
            str(path)
            for path in self._folder.glob("*.db")
            if not path.name.startswith("gauge_live") or path.stem.rpartition("_")[2] in held
        ]

    def _take(self) -> tuple[str, IO[str]]:
        for number in map(str, count()):
            # Appending: to open it must not wipe what a living worker wrote down.
            held = open(self._folder / f"place_{number}", "a", opener=opener)  # noqa: SIM115  # kept
            if _is_free(held, keep=True):
                held.truncate(0)
                return number, held
            held.close()
        raise AssertionError("numbers do not end")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with open(self._folder / "places.lock", "w", opener=opener) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _is_free(held: IO[str], *, keep: bool = False) -> bool:
    """Whether nobody holds a file's lock; with ``keep``, it is held from now on if so."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    if not keep:
        fcntl.flock(held, fcntl.LOCK_UN)
    return True


class _MultiprocessCollector(Collector):
    """Everything that is told: what was counted, and how the workers are now."""

    def __init__(self, own: CollectorRegistry, place: _Place | None, version: str) -> None:
        self._own = own
        self._place = place
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        living = {"": os.getpid()} if self._place is None else self._place.living()
        for metric in self._counted(living):
            # Who served a snapshot before serves it no more; its series would stay for ever.
            is_over = metric.name == "attune_snapshot_workers"
            metric.samples = [s for s in metric.samples if s.value or not is_over]
            yield metric
        yield from _processes([pid for pid in living.values() if pid])
        built = GaugeMetricFamily(
            "attune_build_info", "Always 1; what is served.", labels=["version", "python"]
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
    """Yield how many workers there are, what they take, and how long they have been there."""
    resident, started = [], []
    for pid in pids:
        with suppress(psutil.Error):  # it may end meanwhile
            process = psutil.Process(pid)
            resident.append(process.memory_info().rss)
            started.append(process.create_time())
    for name, meaning, value in (
        ("attune_workers", "Workers that answer.", len(resident)),
        ("attune_resident_memory_bytes", "Memory of all workers.", sum(resident)),
        (
            "attune_resident_memory_max_bytes",
            "Memory of the worker that takes most.",
            max(resident, default=0),
        ),
        (
            "attune_start_time_seconds",
            "When the worker that has been there longest was started, in Unix time.",
            min(started, default=0),
        ),
        (
            "attune_uptime_seconds",
            "How long that worker has been there.",
            time.time() - min(started, default=time.time()),
        ),
    ):
        yield GaugeMetricFamily(name, meaning, value=value)
