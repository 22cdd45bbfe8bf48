"""The service that hostile clients attack, by calls and by raw connections."""

import http
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, Self

import httpx
import psutil

from tests.journey.servers import Served
from tests.stress.keys import bearer, client

HOST = "127.0.0.1"
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Target:
    """A running service.

    Attributes:
        keys: API keys by their purpose.
    """

    served: Served
    keys: Mapping[str, str]

    @property
    def host(self) -> str:
        """The Host header of an honest request."""
        return f"{HOST}:{self.served.port}"

    def call(
        self, method: str, path: str, key: str = "", *, timeout_s: float = PATIENCE_S, **sent: Any
    ) -> httpx.Response:
        """Return the reply on a new connection; status 599 if there is none.

        Args:
            method: Of HTTP.
            path: With its query.
            key: The purpose of the key, if any.
            timeout_s: Of the whole call.
            sent: ``json``, ``content``, ``files`` and ``headers`` as httpx takes them.
        """
        keyed = bearer(self.keys[key]) if key else None
        with client(self.served.port, keyed, keeps=False, timeout_s=timeout_s) as http_:
            try:
                return http_.request(method, path, **sent)
            except httpx.TransportError:
                return httpx.Response(599)

    def connect(self, sent: bytes, *, receive_bytes: int = 0) -> socket.socket:
        """Return a connection on which bytes were sent.

        Args:
            sent: The bytes.
            receive_bytes: Size of the receive buffer; 0 for the system's default.
        """
        connection = socket.socket()
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.settimeout(PATIENCE_S)
        connection.connect((HOST, self.served.port))
        connection.sendall(sent)
        return connection

    def processor_s(self) -> float:
        """Return the processor time of all processes."""
        total = 0.0
        for process in self.served.processes():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
        return total


@contextmanager
def closing_all(connections: Sequence[socket.socket]) -> Iterator[Sequence[socket.socket]]:
    try:
        yield connections
    finally:
        for each in connections:
            each.close()


class Others:
    """Other clients, each in a thread, whose calls have a connection of their own.

    Attributes:
        n_calls: Calls by name.
        n_failed: Calls whose reply was not 200.
        longest_s: The slowest reply.

    Args:
        calls: A path and the purpose of a key, by name.
        timeout_s: Of one call.
    """

    def __init__(
        self, target: Target, calls: Mapping[str, tuple[str, str]], timeout_s: float
    ) -> None:
        self._target = target
        self._timeout_s = timeout_s
        self._stop = Event()
        self._threads = [Thread(target=self._call, args=(n, *call)) for n, call in calls.items()]
        self.n_calls = Counter(dict.fromkeys(calls, 0))
        self.n_failed = Counter(dict.fromkeys(calls, 0))
        self.longest_s = 0.0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, n: int, within_s: float) -> None:
        """Wait until there were ``n`` calls of each name, but no longer than this."""
        deadline = time.monotonic() + within_s
        while min(self.n_calls.values()) < n and time.monotonic() < deadline:
            time.sleep(0.05)

    def _call(self, name: str, path: str, key: str) -> None:
        while not self._stop.wait(0.05):
            began = time.monotonic()
            reply = self._target.call("GET", path, key, timeout_s=self._timeout_s)
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            self.n_failed[name] += reply.status_code != http.HTTPStatus.OK
            self.n_calls[name] += 1
