"""Where independent pieces of work are done: processes of this machine, or a Ray cluster.

Both do the same to the last digit: a piece of work is a pure function of its item, linear algebra
runs on one thread, and results carry the place of their item, in whatever order they come.
"""

import os
import signal
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import connection, get_context, resource_tracker
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, TypeAlias, TypeVar

from threadpoolctl import threadpool_limits

from models.errors import AttuneError

ENGINES = ("processes", "ray")
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
"""Environment of a worker: its siblings use the other cores, and sums round by their threads."""
_PROJECT = Path(__file__).resolve().parents[1]
_CHUNKS_PER_SLOT = 8
_LARGEST_CHUNK = 16
_READY = "ready"

Item = TypeVar("Item")
Result = TypeVar("Result")


class EngineError(AttuneError):
    """Work that cannot be done, or of which some could not."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no result for an item.

    Attributes:
        message: A sentence where the error was foreseen, otherwise its kind and what it said.
        trace: Where it happened, for whoever must mend it; empty if the worker died, or if the
            error was foreseen, whose sentence says all.
    """

    message: str
    trace: str = ""

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """Return what is told of an error."""
        if isinstance(error, AttuneError):
            return cls(str(error))
        trace = "".join(traceback.format_exception(error))
        return cls(f"{type(error).__name__}: {error}", trace)


Outcomes: TypeAlias = Generator[tuple[int, Result | Failure], None, None]
"""The place of each item and what became of it."""


class Engine(Protocol):
    """Does the same work on many items."""

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Outcomes[Result]:
        """Yield the place of each item and what became of it, as they finish.

        An item that fails, or takes its worker with it, costs no other. Closing the iterator, or
        Ctrl-C, stops the workers at once.

        Args:
            work: Importable, or a ``functools.partial`` of what is; it travels to each worker
                once, with all that it holds, and must not write to it.
            items: Each travels with its piece of work.

        Raises:
            EngineError: The workers cannot be started.
        """
        ...


def engine(name: str, workers: int) -> Engine:
    """Return an engine by its name.

    Args:
        name: ``processes`` or ``ray``; Ray uses the cluster that RAY_ADDRESS names, if it is set.
        workers: How many, on this machine.

    Raises:
        EngineError: There is no such engine, it is not installed, or there are no workers.
    """
    if workers < 1:
        raise EngineError(f"There are {workers} workers; at least 1 is needed.")
    if name == "processes":
        return Processes(workers)
    if name == "ray":
        return RayEngine(workers, address=os.environ.get("RAY_ADDRESS"))
    raise EngineError(f"There is no engine {name!r}; there are {', '.join(ENGINES)}.")


def results(
    outcomes: Iterable[tuple[int, Result | Failure]],
) -> Iterator[tuple[int, Result]]:
    """Yield what was done; once all is, refuse if something failed.

    Raises:
        EngineError: Some items failed; the first is told.
    """
    failures: list[Failure] = []
    for place, outcome in outcomes:
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            yield place, outcome
    if failures:
        raise EngineError(
            f"{len(failures)} pieces of work failed; the first: {failures[0].message}"
            + (f"\n{failures[0].trace}" if failures[0].trace else "")
        )


class Processes:
    """Processes of this machine, started afresh; one worker is this process itself."""

    def __init__(self, n_workers: int) -> None:
        self._n_workers = n_workers

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Outcomes[Result]:
        if min(self._n_workers, len(items)) <= 1:
            return _map_here(work, items)
        return _map_apart(work, items, min(self._n_workers, len(items)))


def _map_here(work: Callable[[Item], Result], items: Sequence[Item]) -> Outcomes[Result]:
    for place, item in enumerate(items):
        with threadpool_limits(1):
            outcome = _attempt(work, item)
        yield place, outcome


def _attempt(work: Callable[[Item], Result], item: Item) -> Result | Failure:
    try:
        return work(item)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is this item's
        return Failure.of(error)


def _map_apart(
    work: Callable[[Item], Result], items: Sequence[Item], n_workers: int
) -> Outcomes[Result]:
    todo = iter(enumerate(items))
    n_left = len(items)
    crew: list[_Worker] = []
    try:
        crew += [_Worker(work) for _ in range(n_workers)]
        while n_left:
            for worker in _speaking(crew):
                place, outcome = worker.place, worker.hear()
                if worker.is_gone:
                    crew[crew.index(worker)] = _Worker(work)
                else:
                    worker.begin(*next(todo, (None, None)))
                if place is not None:
                    n_left -= 1
                    yield place, outcome
    finally:
        for worker in crew:
            worker.stop()


def _speaking(crew: Sequence["_Worker"]) -> list["_Worker"]:
    """Wait until workers have something to say, or end, and return them."""
    lines = set(connection.wait([worker.line for worker in crew]))
    return [worker for worker in crew if worker.line in lines]


class _Worker:
    """A process that does a piece at a time, and the line to it.

    A pool of the standard library would do, but that one loses all that is under way when a worker
    dies, and does not know of what.

    Attributes:
        place: Of the item under way; None if there is none.
        is_gone: Whether the process has ended.
    """

    def __init__(self, work: Callable[[Any], Any]) -> None:
        context = get_context("spawn")  # forked, libraries with threads would hang
        self.line, far_end = context.Pipe()
        self.place: int | None = None
        self.is_gone = False
        self._is_ready = False
        self._process = context.Process(target=_serve, args=(far_end, work), daemon=True)
        with _surroundings():
            self._process.start()
        far_end.close()

    def begin(self, place: int | None, item: object) -> None:
        """Hand an item over, if there is one."""
        self.place = place
        if place is not None:
            with suppress(OSError):  # it ended meanwhile: that is heard next
                self.line.send(item)

    def hear(self) -> Any:
        """Return what the worker says: at first that it is ready, then results.

        Raises:
            EngineError: It ended before it was ready.
        """
        try:
            said = self.line.recv()
        except (EOFError, OSError):
            self.is_gone = True
            self._process.join()
            if not self._is_ready:
                reason = "A worker could not start; the reason is told above."
                raise EngineError(reason) from None
            return Failure(f"The worker died of it (exit code {self._process.exitcode}).")
        self._is_ready = True
        return said

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._process.terminate()
        self._process.join()
        self.line.close()


def _serve(line: connection.Connection, work: Callable[[Any], Any]) -> None:
    """Do what comes along the line until it is cut: what a worker runs."""
    with suppress(EOFError, OSError):  # nobody is there any more
        line.send(_READY)
        while True:
            item = line.recv()
            try:
                line.send(work(item))
            except Exception as error:  # noqa: BLE001  # whatever it is, it is this item's
                line.send(Failure.of(error))


@contextmanager
def _surroundings() -> Iterator[None]:
    """Start processes that compute on one thread and leave Ctrl-C to this one."""
    # It starts with the first process and unblocks the signal: that one would hear Ctrl-C.
    resource_tracker.ensure_running()
    before = dict(os.environ)
    os.environ.update(ONE_THREAD)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name in ONE_THREAD:
            os.environ.pop(name)
        os.environ.update(before)


class RayEngine:
    """A Ray cluster, or as many local workers under Ray.

    Of a cluster, every machine must have this folder, and the files that items name, in the same
    place.
    """

    def __init__(self, n_workers: int, *, address: str | None = None) -> None:
        self._n_workers = n_workers
        self._address = address
        self._ray = _ray()

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Outcomes[Result]:
        is_ours = not self._ray.is_initialized()
        if is_ours:
            self.start()
        try:
            yield from self._map(work, items)
        finally:
            if is_ours:
                self.stop()

    def start(self) -> None:
        """Start or reach Ray, which takes seconds; otherwise each map does, and stops it again.

        Raises:
            EngineError: It cannot be started or reached.
        """
        path = os.pathsep.join(filter(None, [str(_PROJECT), os.environ.get("PYTHONPATH")]))
        settings: dict[str, Any] = {"runtime_env": {"env_vars": ONE_THREAD | {"PYTHONPATH": path}}}
        settings |= {"log_to_driver": False, "logging_level": "ERROR"}
        if self._address is None:
            settings |= {"num_cpus": self._n_workers, "include_dashboard": False}
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Attune reports to nobody
        try:
            self._ray.init(address=self._address, **settings)
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            raise EngineError(f"Ray cannot be started or reached: {error}") from error

    def stop(self) -> None:
        """Stop Ray, or leave the cluster."""
        self._ray.shutdown()

    def _map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Outcomes[Result]:
        ray = self._ray
        shared, do = ray.put(work), ray.remote(num_cpus=1, max_retries=0)(_attempt_each)
        n_slots = max(1, int(ray.cluster_resources().get("CPU", 1)))
        size = min(_LARGEST_CHUNK, max(1, len(items) // (n_slots * _CHUNKS_PER_SLOT)))
        chunks = [range(at, min(at + size, len(items))) for at in range(0, len(items), size)]

        def begin(places: range) -> tuple[Any, range]:
            return do.remote(shared, [items[place] for place in places]), places

        under_way = dict(map(begin, chunks))
        while under_way:
            (done,), _ = ray.wait(list(under_way), num_returns=1)
            places = under_way.pop(done)
            try:
                outcomes = ray.get(done)
            except ray.exceptions.RayError as error:
                if len(places) > 1:  # it died of one of them: each by itself
                    under_way |= map(begin, (range(place, place + 1) for place in places))
                    continue
                outcomes = [Failure(f"The worker died of it ({type(error).__name__}).")]
            yield from zip(places, outcomes, strict=True)


def _attempt_each(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result | Failure]:
    return [_attempt(work, item) for item in items]


def _ray() -> ModuleType:
    try:
        return import_module("ray")
    except ImportError as error:
        raise EngineError(
            "Ray is not installed; `pip install ray` into the environment, or use"
            " --engine processes."
        ) from error
