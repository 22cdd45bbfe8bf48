"""A fake service, and both clients with one interface."""

import asyncio
import io
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from inspect import isasyncgen
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import httpx
import pytest
from fake_attune import FakeAttune

from attune_client import AsyncAttuneClient, AttuneClient, RetryPolicy
from attune_client.cli.command import run

POLL_S = 0.01  # how often a server checks whether to stop


@dataclass
class FakeTime:
    """A clock that only sleeping moves; it records every sleep."""

    now_s: float = 100.0
    sleeps: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now_s += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


class LongestWaits(random.Random):
    """Draws the end of every range."""

    def random(self) -> float:
        return 1.0


class Awaited:
    """A blocking view of an asynchronous client."""

    def __init__(self, client: AsyncAttuneClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            pending = method(*args, **kwargs)
            return self._runner.run(_all(pending) if isasyncgen(pending) else pending)

        return call


async def _all(pending: Any) -> Any:
    return iter([entry async for entry in pending])


@pytest.fixture(name="service")
def _service() -> FakeAttune:
    return FakeAttune()


@pytest.fixture(name="time")
def _time() -> FakeTime:
    return FakeTime()


@pytest.fixture(name="policy")
def _policy(time: FakeTime) -> RetryPolicy:
    return RetryPolicy(rng=LongestWaits(), clock=time.clock)


@pytest.fixture(name="client", params=["blocking", "awaiting"])
def _client(
    request: pytest.FixtureRequest, service: FakeAttune, time: FakeTime, policy: RetryPolicy
) -> Iterator[Any]:
    url, transport = "http://attune.test/prefix", httpx.MockTransport(_under("/prefix", service))
    if request.param == "blocking":
        with AttuneClient(url, transport=transport, retry=policy, sleep=time.sleep) as client:
            yield client
        return
    with asyncio.Runner() as runner:
        awaiting = AsyncAttuneClient(url, transport=transport, retry=policy, sleep=time.asleep)
        yield Awaited(awaiting, runner)
        runner.run(awaiting.aclose())


@pytest.fixture(name="address")
def _address(service: FakeAttune) -> Iterator[str]:
    one_at_a_time = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.raw_requestline = self.rfile.readline()
            if not (self.raw_requestline and self.parse_request()):
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url, headers = f"http://attune.test{self.path}", list(self.headers.items())
            try:
                with one_at_a_time:
                    response = service(
                        httpx.Request(self.command, url, headers=headers, content=body)
                    )
            except httpx.RequestError:  # the connection breaks
                self.close_connection = True
                return
            self.send_response_only(response.status_code)
            self.send_header("Content-Length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(POLL_S,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Typed:
    """The result of a command."""

    status: int
    out: str
    err: str


@pytest.fixture(name="attune")
def _attune(
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Typed]:
    """Run the command in this process, against the fake service."""
    for name in ("ATTUNE_KEY", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("ATTUNE_URL", address)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def typed(*words: object, stdin: object = "") -> Typed:
        keyboard = io.StringIO(stdin) if isinstance(stdin, str) else stdin
        monkeypatch.setattr("sys.stdin", keyboard)
        status = run([str(word) for word in words])
        return Typed(status, *capsys.readouterr())

    return typed


def _under(prefix: str, service: FakeAttune) -> Callable[[httpx.Request], httpx.Response]:
    def handle(request: httpx.Request) -> httpx.Response:
        raw_path = request.url.raw_path.removeprefix(prefix.encode())
        request.url = request.url.copy_with(raw_path=raw_path)
        return service(request)

    return handle
