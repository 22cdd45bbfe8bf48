"""Engines that map a function over items: processes of this machine, or a Ray cluster.

Both give the same results to the last digit: the function is pure, linear algebra runs on one
thread, and each result carries the index of its item, in any order.
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
"""Environment of a worker. Other workers use the other cores, and rounding depends on threads."""
_PROJECT = Path(__file__).resolve().parents[1]
_CHUNKS_PER_SLOT = 8
_LARGEST_CHUNK = 16

Item = TypeVar("Item")
Result = TypeVar("Result")


class EngineError(AttuneError):
    """The engine cannot run, or some items failed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The error of an item that has no result.

    Attributes:
        message: A sentence for an ``AttuneError``; otherwise the error's type and text.
        trace: Traceback; empty for an ``AttuneError`` or a worker that died.
    """

    message: str
    trace: str = ""

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        """Return the failure that describes an error."""
        if isinstance(error, AttuneError):
            return cls(str(error))
        trace = "".join(traceback.format_exception(error))
        return cls(f"{type(error).__name__}: {error}", trace)


Outcomes: TypeAlias = Generator[tuple[int, Result | Failure], None, None]
"""The index of each item, and its result or failure."""


class Engine(Protocol):
    """Maps a function over items."""

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Outcomes[Result]:
        """Yield the index of each item and its result or failure, as they finish.

        A failed item, or a worker that dies, does not affect other items. Closing the iterator
        or Ctrl-C stops the workers at once.

        Args:
            work: An importable function, or a ``functools.partial`` of one. Each worker receives
                it once, so it must not change what it holds.
            items: Arguments of the function; they are pickled.

        Raises:
            EngineError: The workers cannot be started.
        """
        ...


def engine(name: str, workers: int, *, is_isolated: bool = False) -> Engine:
    """Return an engine by its name.

    Args:
        name: ``processes`` or ``ray``; Ray uses the cluster that RAY_ADDRESS names, if it is set.
        workers: Number of workers on this machine.
        is_isolated: As in `Processes`; always so with Ray.

    Raises:
        EngineError: The name is unknown, Ray is not installed, or there are no workers.
    """
    if workers < 1:
        raise EngineError(f"There are {workers} workers; at least 1 is needed.")
    if name == "processes":
        return Processes(workers, is_isolated=is_isolated)
    if name == "ray":
        return RayEngine(workers, address=os.environ.get("RAY_ADDRESS"))
    raise EngineError(f"There is no engine {name!r}; there are {', '.join(ENGINES)}.")


def results(
    outcomes: Iterable[tuple[int, Result | Failure]],
) -> Iterator[tuple[int, Result]]:
    """Yield the results; at the end, raise if an item failed.

    Raises:
        EngineError: Some items failed; the message holds the first failure.
    """
    failures: list[Failure] = []
    for index, outcome in outcomes:
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            yield index, outcome
    if failures:
        raise EngineError(
            f"{len(failures)} items failed; the first: {failures[0].message}"
            + (f"\n{failures[0].trace}" if failures[0].trace else "")
        )


class Processes:
    """Runs in spawned processes of this machine; with one worker, in this process.

    Args:
        n_workers: Number of processes.
        is_isolated: Whether one worker is another process too, so that an item that kills it costs
            no other.
    """

    def __init__(self, n_workers: int, *, is_isolated: bool = False) -> None:
        self._n_workers = n_workers
        self._is_isolated = is_isolated

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Outcomes[Result]:
        if min(self._n_workers, len(items)) <= 1 and not (self._is_isolated and items):
            return _map_in_process(work, items)
        return _map_in_workers(work, items, min(self._n_workers, len(items)))


def _map_in_process(work: Callable[[Item], Result], items: Sequence[Item]) -> Outcomes[Result]:
    for index, item in enumerate(items):
        with threadpool_limits(1):
            outcome = _attempt(work, item)
        yield index, outcome


def _attempt(work: Callable[[Item], Result], item: Item) -> Result | Failure:
    try:
        return work(item)
    except Exception as error:  # noqa: BLE001  # an item's error must not stop the others
        return Failure.of(error)


def _map_in_workers(
    work: Callable[[Item], Result], items: Sequence[Item], n_workers: int
) -> Outcomes[Result]:
    queue = iter(enumerate(items))
    n_left = len(items)
    workers: list[_Worker] = []
    try:
        workers += [_Worker(work) for _ in range(n_workers)]
        while n_left:
            for worker in _wait_for_output(workers):
                index, outcome = worker.index, worker.receive()
                if worker.has_ended:
                    workers[workers.index(worker)] = _Worker(work)
                else:
                    worker.send(*next(queue, (None, None)))
                if index is not None:
                    n_left -= 1
                    yield index, outcome
    finally:
        for worker in workers:
            worker.stop()


def _wait_for_output(workers: Sequence["_Worker"]) -> list["_Worker"]:
    """Wait until workers have sent something or ended, and return these."""
    readable = set(connection.wait([worker.pipe for worker in workers]))
    return [worker for worker in workers if worker.pipe in readable]


class _Worker:
    """A process that computes one item at a time, and the pipe to it.

    The standard library's pool loses all running items when a worker dies, and does not say
    which item killed it.

    Attributes:
        index: Of the running item; None if there is none.
        has_ended: Whether the process has ended.
    """

    def __init__(self, work: Callable[[Any], Any]) -> None:
        context = get_context("spawn")  # a fork of a process with threads may hang
        self.pipe, far_end = context.Pipe()
        self.index: int | None = None
        self.has_ended = False
        self._is_ready = False
        self._process = context.Process(target=_run_worker, args=(far_end, work), daemon=True)
        with _worker_environment():
            self._process.start()
        far_end.close()

    def send(self, index: int | None, item: object) -> None:
        """Send an item, if there is one."""
        self.index = index
        if index is not None:
            with suppress(OSError):  # the process ended: receive() reports it
                self.pipe.send(item)

    def receive(self) -> Any:
        """Return the next message: first that the worker is ready, then results.

        Raises:
            EngineError: The process ended before it was ready.
        """
        try:
            message = self.pipe.recv()
        except (EOFError, OSError):
            self.has_ended = True
            self._process.join()
            if not self._is_ready:
                reason = "A worker could not start; see the error above."
                raise EngineError(reason) from None
            return Failure(f"The worker process died (exit code {self._process.exitcode}).")
        self._is_ready = True
        return message

    def stop(self) -> None:
        """Terminate the process."""
        self._process.terminate()
        self._process.join()
        self.pipe.close()


def _run_worker(pipe: connection.Connection, work: Callable[[Any], Any]) -> None:
    """Compute the items that arrive, until the pipe is closed."""
    with suppress(EOFError, OSError):
        pipe.send("ready")
        while True:
            item = pipe.recv()
            try:
                pipe.send(work(item))
            except Exception as error:  # noqa: BLE001  # an item's error must not stop the others
                pipe.send(Failure.of(error))


@contextmanager
def _worker_environment() -> Iterator[None]:
    """Let processes started here compute on one thread and ignore Ctrl-C."""
    # The tracker starts with the first process and unblocks the signal: start it before.
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
    """Runs on a Ray cluster, or on local workers under Ray.

    Every machine of a cluster needs this folder, and the files that items name, at the same path.
    """

    def __init__(self, n_workers: int, *, address: str | None = None) -> None:
        self._n_workers = n_workers
        self._address = address
        self._ray = _ray()

    def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Outcomes[Result]:
        is_owner = not self._ray.is_initialized()
        if is_owner:
            self.start()
        try:
            yield from self._map(work, items)
        finally:
            if is_owner:
                self.stop()

    def start(self) -> None:
        """Start Ray or connect to it, which takes seconds; otherwise each map does this.

        Raises:
            EngineError: Ray cannot be started or reached.
        """
        path = os.pathsep.join(filter(None, [str(_PROJECT), os.environ.get("PYTHONPATH")]))
        settings: dict[str, Any] = {"runtime_env": {"env_vars": ONE_THREAD | {"PYTHONPATH": path}}}
        settings |= {"log_to_driver": False, "logging_level": "ERROR"}
        if self._address is None:
            settings |= {"num_cpus": self._n_workers, "include_dashboard": False}
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no telemetry
        try:
            self._ray.init(address=self._address, **settings)
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            raise EngineError(f"Ray cannot be started or reached: {error}") from error

    def stop(self) -> None:
        """Stop Ray, or disconnect from the cluster."""
        self._ray.shutdown()

    def _map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Outcomes[Result]:
        ray = self._ray
        shared, run = ray.put(work), ray.remote(num_cpus=1, max_retries=0)(_attempt_each)
        n_slots = max(1, int(ray.cluster_resources().get("CPU", 1)))
        size = min(_LARGEST_CHUNK, max(1, len(items) // (n_slots * _CHUNKS_PER_SLOT)))
        chunks = [range(at, min(at + size, len(items))) for at in range(0, len(items), size)]

        def submit(chunk: range) -> tuple[Any, range]:
            return run.remote(shared, [items[index] for index in chunk]), chunk

        running = dict(map(submit, chunks))
        while running:
            (finished,), _ = ray.wait(list(running), num_returns=1)
            chunk = running.pop(finished)
            try:
                outcomes = ray.get(finished)
            except ray.exceptions.RayError as error:
                if len(chunk) > 1:  # one item killed the worker: run each by itself
                    running |= map(submit, (range(index, index + 1) for index in chunk))
                    continue
                outcomes = [Failure(f"The worker process died ({type(error).__name__}).")]
            yield from zip(chunk, outcomes, strict=True)


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
