"""What passing the gate costs a request, beside empty APIs of the same process.

One is the same request past the gate; one is an empty API as BentoML serves it by itself.
"""

import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median

from tests.journey.serving import ROOT, Served, environment, free_port
from tests.torture.keys import ADMIN, bearer, make_key
from tests.torture.plan import SQLITE, START_S, Bound, Plan
from tests.torture.table import Row
from tests.torture.wire import HOST, post

NAME = "cost"
DATABASES = (SQLITE,)  # the gate asks none
BOUND = Bound(full_s=240, short_s=60)
EMPTY, UNGUARDED, PLAIN = "/empty", "/unguarded", "/plain"
"""An API that does nothing, through the gate and past it, and one as BentoML serves it."""
PATHS = (PLAIN, UNGUARDED, EMPTY)
SETTINGS = {"ATTUNE_RATE": "1000000", "ATTUNE_LOG": "json", "ATTUNE_LOG_LEVEL": "info"}
"""Whatever can cost something is on; the rate is one that nobody reaches."""
MOST = 25
WARM_UP = 50
AT_ONCE = 4096

Ask = Callable[[], None]


def run(plan: Plan) -> list[Row]:
    """Ask both in turn."""
    with bench(plan) as served:
        headers = bearer(make_key(served, ADMIN))
        with connected(served.port) as line:
            asks = [line.asking(post(path, {}, headers=headers)) for path in PATHS]
            times = in_turn(plan.size(5_000, 100), asks)
            cpu_s = _processor_time(plan, served, asks)
    plain, floor, whole = (median(each) for each in times)
    return [
        plan.stated("requests of each kind, in turn", f"{len(times[0]):,}"),
        plan.stated("an empty API as BentoML serves it, median", _ms(plain)),
        plan.stated("an empty API without what BentoML adds", _ms(floor)),
        plan.stated("the same with key, limits, metrics and JSON logs", _ms(whole)),
        plan.stated("processor time of the three", " / ".join(_ms(each) for each in cpu_s)),
        plan.stated("these cost, of the API without anything", _share(cpu_s, of=1)),
        _judged(plan, cpu_s),
    ]


def _processor_time(plan: Plan, served: Served, asks: Sequence[Ask]) -> list[float]:
    """Return what the worker computes for a request of each kind, in seconds."""
    (worker,) = served.workers()
    spent = [0.0] * len(asks)
    n_rounds, n_asked = plan.size(20, 2), plan.size(200, 20)
    for _ in range(n_rounds):
        for place, ask in enumerate(asks):
            before = sum(worker.cpu_times()[:2])
            repeat(ask, n_asked)
            spent[place] += sum(worker.cpu_times()[:2]) - before
    return [each / (n_rounds * n_asked) for each in spent]


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.3f} ms"


def _share(cpu_s: Sequence[float], of: int) -> str:
    return f"{(cpu_s[2] - cpu_s[1]) / cpu_s[of]:.0%}"


def _judged(plan: Plan, cpu_s: Sequence[float]) -> Row:
    """Judge by processor time: what is left to do after an answer delays the next one's."""
    what = "these cost, of an empty API as BentoML serves it"
    if plan.is_short:  # a hundred requests on a busy machine say nothing
        return plan.stated(what, _share(cpu_s, of=0))
    return plan.at_most(what, 100 * (cpu_s[2] - cpu_s[1]) / cpu_s[0], MOST, "%")


@contextmanager
def bench(plan: Plan) -> Iterator[Served]:
    """Serve Attune with the empty API beside it, by one worker."""
    port = free_port()
    environ = environment(
        plan.folder.resolve() / "home",
        ATTUNE_DATABASE_URL=plan.new_database(),
        BENTOML_DO_NOT_TRACK="True",
        **SETTINGS,
    )
    command = [sys.executable, "-m", "bentoml", "serve", "tests.bench.server:Bench"]
    where = ["--host", HOST, "--port", str(port)]
    served = Served([*command, *where], plan.folder.resolve(), environ, port, cwd=ROOT)
    served.start()
    try:
        served.until_ready(START_S)
        yield served
    finally:
        served.kill()


class Wire:
    """One connection on which one request after the other is sent, with next to no code."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def asking(self, sent: bytes) -> Ask:
        """Return what sends the request and reads its answer."""

        def ask() -> None:
            self._connection.sendall(sent)
            answer = self._connection.recv(AT_ONCE)
            while not answer.endswith(b"\r\n\r\n{}"):
                if not (more := self._connection.recv(AT_ONCE)):
                    raise ConnectionError(answer)
                answer += more
            assert answer.startswith(b"HTTP/1.1 200 "), answer

        return ask


@contextmanager
def connected(port: int) -> Iterator[Wire]:
    """Open a connection that is kept."""
    with socket.create_connection((HOST, port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield Wire(connection)


def in_turn(rounds: int, asks: Sequence[Ask]) -> list[list[float]]:
    """Return how long each took, round by round, in seconds."""
    times: list[list[float]] = [[] for _ in asks]
    for ask in asks:
        repeat(ask, WARM_UP)
    for _ in range(rounds):
        for ask, taken in zip(asks, times, strict=True):
            started = time.perf_counter()
            ask()
            taken.append(time.perf_counter() - started)
    return times


def repeat(ask: Ask, times: int) -> None:
    """Ask again and again."""
    for _ in range(times):
        ask()
