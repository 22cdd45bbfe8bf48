"""The handling of one request: its time limit, the size of its body, and its response."""

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from anyio import CancelScope
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.auth.loopback import Headers
from service.http.concurrency import Cost
from service.http.errors import (
    MEDIA_TYPE,
    REQUEST_ID,
    BodyTooSlowError,
    Problem,
    problem_of,
    problem_of_status,
)
from service.http.limits import Limits, body_too_large, require_size
from service.observability.logs import RequestContext
from service.observability.metrics import counted_method

_HANDLING = "attune.handling"
"""Key in the request's scope of its handling."""
_UNANSWERED = 499
"""Status in logs and metrics of a request whose client disconnected."""
_USABLE_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_MAX_UNREAD_BYTES = 2**20
"""The service reads the rest of a refused body up to this size; else it closes the connection."""
_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""Default headers of every response."""


class RequestHandling:
    """One request and exactly one response to it.

    Attributes:
        headers: Headers of the request.
        context: Data for the log.
        status: Status of the response.
        given_up_at: Time at which the request timed out; 0 if it did not.
    """

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, *, route: str, limits: Limits
    ) -> None:
        self.scope = scope
        self.headers: Headers = dict(scope["headers"])
        request_id = self.headers.get(b"x-request-id", b"")
        known = request_id.decode("ascii") if _USABLE_ID.fullmatch(request_id) else ""
        self.context = RequestContext(
            known or secrets.token_hex(16), counted_method(scope["method"]), route
        )
        scope[REQUEST_ID] = self.context.request_id
        self.status = _UNANSWERED
        self.given_up_at = 0.0
        self._receive, self._send = receive, send
        self._limits = limits
        self._limit: int | None = None
        self._n_read = 0
        self._is_read = False
        self._awaits_body = False
        self._is_replaced = False
        self._timeout_response: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None

    async def run(
        self, app: ASGIApp, seconds: float, at_end: Callable[[], None] = lambda: None
    ) -> None:
        """Run an application; send a timeout response if it does not respond in time.

        Return when the application has ended. This waits for its thread even after a timeout, or
        after the client of a long call disconnected; both cancel the application.

        Args:
            app: The application.
            seconds: Time limit for the beginning of the response.
            at_end: Called when the body is complete; the application gets an error that it raises
                instead of the last chunk.
        """
        self._seconds = seconds
        self._at_end = at_end
        self.scope[_HANDLING] = self
        with CancelScope() as self._work:
            self._deadline = asyncio.get_running_loop().call_later(seconds, self._give_up)
            try:
                await app(self.scope, self.receive, self.send)
            finally:
                self._deadline.cancel()
                if self._watch is not None:
                    self._watch.cancel()
        if self._timeout_response is not None:
            await self._timeout_response

    async def receive(self) -> Message:
        """Return the next chunk of the body.

        Raises:
            BodyTooLargeError: The body is larger than allowed, by its content or its header.
            OverloadedError: The body is complete, and no slot is free.
        """
        if self._limit is None:
            self._limit = self._limits.max_body_bytes(self.headers)
            require_size(self.headers.get(b"content-length", b""), self._limit)
        self._awaits_body = not self._is_read
        message = await self._receive()
        self._awaits_body = False
        self._n_read += len(message.get("body", b""))
        if self._n_read > self._limit:
            raise body_too_large(f"is more than {self._limit} bytes", self._limit)
        if not self._is_read and not message.get("more_body", False):
            self._is_read = True
            self._at_end()
        return message

    def apply(self, cost: Cost) -> None:
        """Apply the cost of the call, which the complete body tells.

        A quick call gets no more than its time from now on. A long one is cancelled if the client
        disconnects; a quick one is not, because a label that has arrived can as well be kept.
        """
        if cost is not Cost.QUICK:
            self._watch = asyncio.ensure_future(self._cancel_if_left())
            return
        loop = asyncio.get_running_loop()
        if self._deadline.when() - loop.time() > self._limits.quick_s:
            self._deadline.cancel()
            self._seconds = self._limits.quick_s
            self._deadline = loop.call_later(self._seconds, self._give_up)

    async def send(self, message: Message) -> None:
        """Send a message of the application; replace errors that are not problems."""
        if self._is_replaced:
            return
        if message["type"] == "http.response.start":
            await self._begin(message)
        else:
            await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Respond with a problem, unless a response has begun."""
        if self.status == _UNANSWERED:
            self._replace(problem)
            await self._send_problem(problem)

    async def _begin(self, message: Message) -> None:
        self._deadline.cancel()
        status: int = message["status"]
        by_name = dict(message["headers"])
        media_type = by_name.get(b"content-type", b"").decode("latin-1")
        if status >= HTTPStatus.BAD_REQUEST and media_type != MEDIA_TYPE:
            content_range = by_name.get(b"content-range")  # with status 416, the size of the file
            headers = {"Content-Range": content_range.decode("ascii")} if content_range else {}
            await self.refuse(replace(problem_of_status(status), headers=headers))
            return
        self.status = status
        raw_headers = list(message["headers"])
        raw_headers.append((b"x-request-id", self.context.request_id.encode("ascii")))
        raw_headers.extend([pair for pair in _SECURITY_HEADERS if pair[0] not in by_name])
        message["headers"] = raw_headers
        if status >= HTTPStatus.BAD_REQUEST and self._closes_connection():
            raw_headers.append((b"connection", b"close"))
        await self._send(message)

    def _replace(self, problem: Problem) -> None:
        """Discard everything that the application sends from now on."""
        self._is_replaced = True
        self.status = problem.status
        self.context.code = problem.code

    async def _send_problem(self, problem: Problem) -> None:
        response = problem.response(self.context.request_id)
        response.raw_headers.extend(_SECURITY_HEADERS)
        response.headers["X-Request-ID"] = self.context.request_id
        if self._closes_connection():
            response.headers["Connection"] = "close"
        await response(self.scope, self._receive, self._send)

    async def _cancel_if_left(self) -> None:
        """Cancel the application if the client disconnects before the response begins."""
        message = await self._receive()
        if message["type"] == "http.disconnect" and self.status == _UNANSWERED:
            self._work.cancel()

    def _give_up(self) -> None:
        """Send the timeout response and cancel the application."""
        self.given_up_at = time.perf_counter()
        problem = self._timeout_problem()
        self._replace(problem)
        self._timeout_response = asyncio.ensure_future(self._send_problem(problem))
        self._work.cancel()

    def _timeout_problem(self) -> Problem:
        limit = f"within {self._seconds:g} seconds"
        slow = BodyTooSlowError(f"The body did not arrive {limit}.")
        if self._awaits_body and (problem := problem_of(slow)) is not None:
            return problem
        known = problem_of_status(HTTPStatus.GATEWAY_TIMEOUT)
        return Problem(known.status, known.code, f"The request timed out: no response {limit}.")

    def _closes_connection(self) -> bool:
        """Return whether to close the connection instead of reading the rest of the body."""
        if self._is_read:
            return False
        declared = self.headers.get(b"content-length", b"0")
        is_large = not declared.isdigit() or int(declared) > _MAX_UNREAD_BYTES
        is_endless = b"transfer-encoding" in self.headers
        return is_large or is_endless or self._awaits_body or b"expect" in self.headers


def apply_cost(request: Request, cost: Cost) -> None:
    """Apply the cost of a call, which its complete body tells; without a handling do nothing."""
    handling: RequestHandling | None = request.scope.get(_HANDLING)
    if handling is not None:
        handling.apply(cost)
