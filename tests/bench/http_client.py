"""A client of next to no code: one connection that is kept, one call after the other."""

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import httpx

from tests.bench.costs import Step
from tests.bench.server import HOST, worker_time_s
from tests.journey.servers import Served

PATIENCE_S = 120.0
_IS_ERROR = 300


@dataclass(frozen=True, slots=True)
class Request:
    """A request, ready to be sent.

    Attributes:
        kind: The media type of the body.
    """

    method: str
    path: str
    body: bytes | None = None
    kind: str = "application/json"


def get(path: str) -> Request:
    """Return a request without a body."""
    return Request("GET", path)


def post(path: str, body: object) -> Request:
    """Return a request with JSON."""
    return Request("POST", path, json.dumps(body).encode())


def post_file(path: str, name: str, content: bytes) -> Request:
    """Return a request with a form of one file."""
    form = httpx.Request("POST", f"http://{HOST}", files={name: ("clip.ogg", content)})
    return Request("POST", path, form.read(), form.headers["Content-Type"])


class Caller:
    """Calls one server over one connection.

    Args:
        served: A server that is ready.
        headers: Of every request.
    """

    def __init__(self, served: Served, headers: dict[str, str] | None = None) -> None:
        self._served = served
        self._headers = headers or {}
        self._connection = http.client.HTTPConnection(HOST, served.port, timeout=PATIENCE_S)

    def ask(self, request: Request) -> bytes:
        """Return the body of a successful answer."""
        headers = self._headers | ({"Content-Type": request.kind} if request.body else {})
        self._connection.request(request.method, request.path, request.body, headers)
        response = self._connection.getresponse()
        body = response.read()
        assert response.status < _IS_ERROR, body
        return body

    def step(self, request: Request) -> Step:
        """Return the step that sends the same request each time."""
        return self.step_of(lambda: request)

    def step_of(self, make: Callable[[], Request]) -> Step:
        """Return the step that makes a request and sends it; the server's processor time counts.

        Servers close connections that were idle for some seconds, so a batch begins with a new
        one, and with a call that is not measured.
        """

        def call() -> bytes:
            return self.ask(make())

        def begin() -> None:
            self._connection.close()
            call()

        return Step(call, partial(worker_time_s, self._served), begin)
