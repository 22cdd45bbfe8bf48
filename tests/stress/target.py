"""The service that hostile callers attack: one worker, and what a caller needs to speak to it."""

import asyncio
import http.client
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import psutil

from tests.journey.serving import Served
from tests.stress.wire import HOST, Answer, BrokenConnectionError, ask_once

TRACK = "one"
"""Registered with its recording."""
PATIENCE_S = 30.0
NO_ANSWER = Answer(0, {}, b"")
ASKED_EACH_S = 0.05


@dataclass(frozen=True)
class Target:
    """A running service.

    Attributes:
        folder: Of all its files: the database, recordings, caches.
        keys: By what they are for; none while the service has none.
    """

    served: Served
    folder: Path
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """Where it is reached."""
        return self.served.port

    @property
    def host(self) -> str:
        """What the Host header of an honest request says."""
        return f"{HOST}:{self.port}"

    def ask(self, sent: bytes, within_s: float = PATIENCE_S) -> Answer:
        """Return the answer to a request on a connection of its own; status 0 if there is none."""
        return asyncio.run(self.answer(sent, within_s))

    async def answer(self, sent: bytes, within_s: float = PATIENCE_S) -> Answer:
        """Return the answer to a request; status 0 if there is none in time."""
        with suppress(BrokenConnectionError, OSError, TimeoutError, ValueError):
            return await asyncio.wait_for(ask_once(self.port, sent), within_s)
        return NO_ANSWER

    def connect(self, sent: bytes = b"", *, receive_bytes: int = 0) -> socket.socket:
        """Return a connection on which some bytes were sent.

        Args:
            sent: The bytes.
            receive_bytes: Of the buffer for what the service sends; 0 leaves it as it is.
        """
        connection = socket.socket()
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.settimeout(PATIENCE_S)
        connection.connect((HOST, self.port))
        connection.sendall(sent)
        return connection

    def processor_s(self) -> float:
        """Return the processor time that the processes have taken."""
        total = 0.0
        for process in self.served.processes():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
        return total


def status_of(connection: socket.socket) -> int:
    """Return the status of the next answer on a connection; 0 if there is none."""
    answer = http.client.HTTPResponse(connection)
    try:
        answer.begin()
    except (OSError, http.client.HTTPException):
        return 0
    return answer.status


@contextmanager
def closing_all(connections: Sequence[socket.socket]) -> Iterator[None]:
    """Close all connections at the end."""
    try:
        yield
    finally:
        for each in connections:
            each.close()


class Others:
    """Other callers, who ask meanwhile, each request on a connection of its own.

    Attributes:
        n_asked: Requests of each kind that were answered, or given up.
        n_refused: Those of them that were not answered 200.
        longest_s: How long the slowest answer took, of any kind.

    Args:
        target: Whom they ask.
        asks: What they ask, by name.
        within_s: How long they wait for one answer.
    """

    def __init__(self, target: Target, asks: Mapping[str, bytes], within_s: float) -> None:
        self._target = target
        self._within_s = within_s
        self._is_over = Event()
        self._threads = [Thread(target=self._ask, args=each) for each in asks.items()]
        self.n_asked = Counter(dict.fromkeys(asks, 0))
        self.n_refused = Counter(dict.fromkeys(asks, 0))
        self.longest_s = 0.0

    def __enter__(self) -> "Others":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def until_each_asked(self, n: int, within_s: float) -> None:
        """Wait until so many requests of each kind were asked, but not for ever."""
        deadline = time.monotonic() + within_s
        while min(self.n_asked.values()) < n and time.monotonic() < deadline:
            time.sleep(ASKED_EACH_S)

    def _ask(self, name: str, sent: bytes) -> None:
        while not self._is_over.wait(ASKED_EACH_S):
            began = time.monotonic()
            answer = self._target.ask(sent, self._within_s)
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            self.n_refused[name] += answer.status != http.HTTPStatus.OK
            self.n_asked[name] += 1
