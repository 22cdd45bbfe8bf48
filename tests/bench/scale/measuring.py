"""What a server takes to start and to answer each call: processor time, wall time, memory."""

import http.client
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import numpy as np

from tests.bench import server
from tests.bench.costs import processor_time_s
from tests.bench.http_client import Request
from tests.bench.scale.routes import Call, query, rank
from tests.journey.servers import Served

BOUND_S = 100.0
"""Longest wait for an answer; the service's own limits are as long."""
LONG_S = 5.0
"""A call that takes longer is sent once."""
SHARE_S = 0.6
"""Wall time that is spent on the later calls of one kind, if that is three to fifteen."""
LEAST, MOST = 3, 15
START_S = 900.0
PAUSE_S = 0.25
IDLE_S = 0.1
"""Most processor time in a second of a worker that computes nothing."""
MIB = 2**20
_IS_ERROR = 300
SETTINGS = {
    "ATTUNE_QUICK_TIMEOUT_S": f"{BOUND_S:.0f}",
    "ATTUNE_TIMEOUT_S": f"{BOUND_S:.0f}",
    "ATTUNE_SEED": "1",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a call took, in milliseconds.

    Attributes:
        first_ms: Processor time of the first call.
        cpu_ms: Median processor time of the later calls; None if the first took too long.
        wall_ms: Median wall time of the later calls.
        problem: Why it was not answered; empty if it was.
    """

    name: str
    n_labels: int | None
    first_ms: float
    first_wall_ms: float
    cpu_ms: float | None = None
    wall_ms: float | None = None
    problem: str = ""

    @property
    def typical_ms(self) -> float:
        """Processor time of a later call, or of the first where there is no other."""
        return self.first_ms if self.cpu_ms is None else self.cpu_ms


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory in MiB; a page that several processes share counts in parts.

    Attributes:
        parent: Of the processes that only start workers.
        worker: Of the worker.
    """

    parent: float
    worker: float


@dataclass(frozen=True, slots=True)
class Started:
    """What a start took.

    Attributes:
        wall_s: Until `/readyz` answers.
        cpu_s: Processor time of all processes until then.
        rank_s: From the start until a ranking and a query are answered.
        cpu_rank_s: Processor time until then.
        memory: Then.
    """

    wall_s: float
    cpu_s: float
    rank_s: float
    cpu_rank_s: float
    memory: Memory


class NotAnsweredError(Exception):
    """A call was refused, or took longer than `BOUND_S`."""


@dataclass
class Client:
    """Sends calls to the one worker of a server, and reads the worker's processor time."""

    served: Served
    pid: int = field(init=False)

    def __post_init__(self) -> None:
        (worker,) = self.served.workers()
        self.pid = worker.pid

    def ask(self, request: Request) -> tuple[float, float]:
        """Return the processor time and the wall time of an answered call, in milliseconds."""
        connection = http.client.HTTPConnection(server.HOST, self.served.port, timeout=BOUND_S)
        headers = {"Content-Type": request.kind} if request.body else {}
        computed, began = processor_time_s(self.pid), time.perf_counter()
        try:
            connection.request(request.method, request.path, request.body, headers)
            response = connection.getresponse()
            body = response.read()
        except OSError as error:
            raise NotAnsweredError(f"no answer within {BOUND_S:.0f} s") from error
        finally:
            connection.close()
        wall_ms = 1e3 * (time.perf_counter() - began)
        if response.status >= _IS_ERROR:
            raise NotAnsweredError(f"{response.status} {body[:200].decode(errors='replace')}")
        return 1e3 * (processor_time_s(self.pid) - computed), wall_ms

    def measure(self, call: Call) -> Measured:
        """Measure the first call and some later ones."""
        try:
            first_ms, first_wall_ms = self.ask(next(call.requests))
        except NotAnsweredError as error:
            self._rest()
            return Measured(call.name, call.n_labels, np.nan, np.nan, problem=str(error))
        measured = Measured(call.name, call.n_labels, first_ms, first_wall_ms)
        if first_wall_ms > 1e3 * LONG_S:
            return measured
        n_calls = int(np.clip(1e3 * SHARE_S / first_wall_ms, LEAST, MOST))
        later = [self.ask(next(call.requests)) for _ in range(n_calls)]
        cpu_ms, wall_ms = np.median(later, axis=0).tolist()
        return replace(measured, cpu_ms=cpu_ms, wall_ms=wall_ms)

    def _rest(self) -> None:
        """Wait until the worker has ended what it may still do for a call that gave up."""
        gives_up = time.monotonic() + START_S
        while time.monotonic() < gives_up:
            before = processor_time_s(self.pid)
            time.sleep(1.0)
            if processor_time_s(self.pid) - before < IDLE_S:
                return

    def until_answered(self, requests: Sequence[Request]) -> None:
        """Send requests until each was answered; what is not ready yet is asked again."""
        gives_up = time.monotonic() + START_S
        for request in requests:
            while True:
                try:
                    self.ask(request)
                    break
                except NotAnsweredError as error:
                    if not str(error).startswith("503") or time.monotonic() > gives_up:
                        raise
                    time.sleep(PAUSE_S)


@contextmanager
def started(served: Served) -> Iterator[tuple[Client, Started]]:
    """Start a server and measure how; at the end it is killed."""
    began = time.perf_counter()
    served.start()
    try:
        served.until_ready(START_S)
        wall_s, cpu_s = time.perf_counter() - began, _spent_s(served)
        client = Client(served)
        client.until_answered([rank("nobody"), query("nobody", "rand")])
        rank_s, cpu_rank_s = time.perf_counter() - began, _spent_s(served)
        yield client, Started(wall_s, cpu_s, rank_s, cpu_rank_s, memory(served))
    finally:
        served.kill()


def memory(served: Served) -> Memory:
    """Return the present memory of a server's processes."""
    workers = {process.pid for process in served.workers()}
    share = {each.pid: each.memory_full_info().pss / MIB for each in served.processes()}
    worker_mib = sum(mib for pid, mib in share.items() if pid in workers)
    return Memory(sum(share.values()) - worker_mib, worker_mib)


def _spent_s(served: Served) -> float:
    return total_time_s(process.pid for process in served.processes())


def total_time_s(pids: Iterable[int]) -> float:
    """Return the processor time of processes in seconds, without those that have ended."""
    spent_s = 0.0
    for pid in pids:
        with suppress(OSError):
            spent_s += processor_time_s(pid)
    return spent_s
