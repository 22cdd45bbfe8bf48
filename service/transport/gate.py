"""The gate: what every request passes on its way in, and every answer on its way out.

It stands outside all that BentoML adds, because BentoML's own answers (404 and 405 in plain text,
429 and 504 in a shape of their own) are made outside its hook for middleware.
"""

import logging
import re
import secrets
import time
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import INTERNAL, MEDIA_TYPE, BodyTooLargeError, Problem, problem_of_status
from service.metrics import Metrics, Routes
from service.transport.answers import LOG, REQUEST_ID
from service.transport.body import FORM, media_type_of

_UNANSWERED = 499
"""Status in logs and metrics of a request whose sender did not wait."""
_PROBES = frozenset({"/livez", "/readyz", "/healthz", "/metrics"})
_USABLE_ID = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Limits:
    """Largest bodies, in bytes."""

    form: int
    json: int


class Gate:
    """Gives every request an id, bounds its body, counts it, and gives every error one shape."""

    def __init__(self, app: ASGIApp, *, limits: Limits, metrics: Metrics, routes: Routes) -> None:
        self._app = app
        self._limits = limits
        self._metrics = metrics
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; other kinds of connection pass untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        route = self._routes.template(scope["path"])
        passage = _Passage(scope, receive, send, self._limits, self._routes.allowed(route))
        scope[REQUEST_ID] = passage.request_id
        try:
            await self._app(scope, passage.receive, passage.send)
        except Exception:  # noqa: BLE001  # the last place that can answer
            LOG.exception("Request %s failed on %s", passage.request_id, route)
            await passage.fail()
        seconds = time.perf_counter() - started
        self._metrics.observe(scope["method"], route, passage.status, seconds)
        LOG.log(  # the template, not the path: logs keep no user's id
            logging.DEBUG if route in _PROBES else logging.INFO,
            "%s %s %d %.1f ms %s",
            scope["method"],
            route,
            passage.status,
            seconds * 1e3,
            passage.request_id,
        )


class _Passage:
    """One request and its answer."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, limits: Limits, allowed: str
    ) -> None:
        headers = Headers(scope=scope)
        offered = headers.get("x-request-id", "")
        self.request_id = offered if _USABLE_ID.fullmatch(offered) else secrets.token_hex(16)
        self.status = _UNANSWERED
        is_form = media_type_of(headers.get("content-type", "")) == FORM
        self._limit = limits.form if is_form else limits.json
        self._declared = headers.get("content-length", "")
        self._n_read = 0
        self._is_replaced = False
        self._scope, self._receive, self._send = scope, receive, send
        self._allowed = allowed

    async def receive(self) -> Message:
        """Return the next piece of the body.

        Raises:
            BodyTooLargeError: The body is, or says it is, larger than its kind may be.
        """
        if self._declared.isdecimal() and int(self._declared) > self._limit:
            raise self._too_large(f"is {self._declared} bytes")
        message = await self._receive()
        self._n_read += len(message.get("body", b""))
        if self._n_read > self._limit:
            raise self._too_large(f"is more than {self._limit} bytes")
        return message

    async def send(self, message: Message) -> None:
        """Send a piece of the answer, or of a problem in its place if it is another's error."""
        if message["type"] != "http.response.start":
            if not self._is_replaced:
                await self._send(message)
            return
        self.status = message["status"]
        headers = MutableHeaders(scope=message)
        if self.status >= HTTPStatus.BAD_REQUEST and headers.get("content-type") != MEDIA_TYPE:
            self._is_replaced = True
            await self._answer(self._problem(problem_of_status(self.status)))
            return
        headers["X-Request-ID"] = self.request_id
        del headers["X-BentoML-Request-ID"]  # another id, which no log of ours knows
        await self._send(message)

    async def fail(self) -> None:
        """Answer that something went wrong here, unless an answer is on its way."""
        if self.status == _UNANSWERED:
            self.status = INTERNAL.status
            await self._answer(INTERNAL)

    def _problem(self, problem: Problem) -> Problem:
        if problem.status != HTTPStatus.METHOD_NOT_ALLOWED:
            return problem
        detail = f"This path takes {self._allowed}, not {self._scope['method'][:20]}."
        return Problem(problem.status, problem.code, detail, headers={"Allow": self._allowed})

    async def _answer(self, problem: Problem) -> None:
        response = problem.response(self.request_id)
        response.headers["X-Request-ID"] = self.request_id
        await response(self._scope, self._receive, self._send)

    def _too_large(self, size: str) -> BodyTooLargeError:
        return BodyTooLargeError(f"The body {size}; this call reads at most {self._limit}.")
