"""One request on its way in, and its answer on the way out."""

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from anyio import CancelScope
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.auth.request_headers import Headers
from service.http.error_responses import REQUEST_ID
from service.http.errors import (
    MEDIA_TYPE,
    BodyTooSlowError,
    Problem,
    problem_of,
    problem_of_status,
)
from service.http.limits import Limits, require_size, too_large
from service.observability.logs import RequestContext
from service.observability.metrics import counted_method

_UNANSWERED = 499
"""Status in logs and metrics of a request whose sender did not wait."""
_USABLE_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_LEFT_UNREAD = 2**20
"""A longer body of a refused request is not waited for: its connection ends with the answer."""
_SAFETY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""Headers of every answer that does not say otherwise."""
_SIZE = b"content-range"
"""Tells whoever asked for a part that is not there how much there is."""


class RequestHandling:
    """One request and its answer, of which there is one whatever happens.

    Attributes:
        headers: Of the request.
        context: What the log says of it.
        status: Of the answer.
        given_up_at: When it was answered in the place of an application that was not ready.
    """

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, *, route: str, limits: Limits
    ) -> None:
        self.scope = scope
        self.headers: Headers = dict(scope["headers"])
        offered = self.headers.get(b"x-request-id", b"")
        known = offered.decode("ascii") if _USABLE_ID.fullmatch(offered) else ""
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
        self._is_awaited = False
        self._is_replaced = False
        self._late: asyncio.Task[None] | None = None

    async def through(
        self, app: ASGIApp, seconds: float, at_end: Callable[[], None] = lambda: None
    ) -> None:
        """Have an application answer; after so many seconds, answer in its place.

        Returns when the application has ended: a thread that it began is waited for, even if
        nobody waits for its answer.

        Args:
            app: Answers.
            seconds: Until its answer has to begin.
            at_end: Called when the body is complete; an error that it raises reaches the
                application instead of the last piece.
        """
        self._seconds = seconds
        self._at_end = at_end
        with CancelScope() as self._work:
            self._deadline = asyncio.get_running_loop().call_later(seconds, self._give_up)
            try:
                await app(self.scope, self.receive, self.send)
            finally:
                self._deadline.cancel()
        if self._late is not None:
            await self._late

    async def receive(self) -> Message:
        """Return the next piece of the body.

        Raises:
            BodyTooLargeError: The body is, or says it is, larger than its kind may be.
            OverloadedError: The body is complete, and no slot is free.
        """
        if self._limit is None:
            self._limit = self._limits.body(self.headers)
            require_size(self.headers.get(b"content-length", b""), self._limit)
        self._is_awaited = not self._is_read
        message = await self._receive()
        self._is_awaited = False
        self._n_read += len(message.get("body", b""))
        if self._n_read > self._limit:
            raise too_large(f"is more than {self._limit} bytes", self._limit)
        if not self._is_read and not message.get("more_body", False):
            self._is_read = True
            self._at_end()
        return message

    async def send(self, message: Message) -> None:
        """Send a piece of the answer, or of a problem in its place if it is another's error."""
        if self._is_replaced:
            return
        if message["type"] == "http.response.start":
            await self._begin(message)
        else:
            await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answer with a problem, unless an answer is on its way."""
        if self.status == _UNANSWERED:
            self._replace(problem)
            await self._send_problem(problem)

    async def _begin(self, message: Message) -> None:
        self._deadline.cancel()
        status: int = message["status"]
        named = dict(message["headers"])
        if status >= HTTPStatus.BAD_REQUEST and named.get(b"content-type") != MEDIA_TYPE.encode():
            problem = problem_of_status(status)
            kept = {"Content-Range": named[_SIZE].decode("ascii")} if _SIZE in named else {}
            await self.refuse(replace(problem, headers=kept))
            return
        self.status = status
        headers = list(message["headers"])
        headers.append((b"x-request-id", self.context.request_id.encode("ascii")))
        headers.extend([pair for pair in _SAFETY if pair[0] not in named])
        message["headers"] = headers
        if status >= HTTPStatus.BAD_REQUEST and self._leaves_much_unread():
            headers.append((b"connection", b"close"))
        await self._send(message)

    def _replace(self, problem: Problem) -> None:
        """From now on nothing that the application sends goes out."""
        self._is_replaced = True
        self.status = problem.status
        self.context.code = problem.code

    async def _send_problem(self, problem: Problem) -> None:
        response = problem.response(self.context.request_id)
        response.raw_headers.extend(_SAFETY)
        response.headers["X-Request-ID"] = self.context.request_id
        if self._leaves_much_unread():
            response.headers["Connection"] = "close"
        await response(self.scope, self._receive, self._send)

    def _give_up(self) -> None:
        """Answer in the application's place."""
        self.given_up_at = time.perf_counter()
        problem = self._too_late()
        self._replace(problem)
        self._late = asyncio.ensure_future(self._send_problem(problem))
        self._work.cancel()

    def _too_late(self) -> Problem:
        timeout_text = f"within {self._seconds:g} seconds"
        slow = BodyTooSlowError(f"The body did not arrive {timeout_text}.")
        if self._is_awaited and (problem := problem_of(slow)) is not None:
            return problem
        known = problem_of_status(HTTPStatus.GATEWAY_TIMEOUT)
        return Problem(
            known.status, known.code, f"There was no answer {timeout_text}; it was given up."
        )

    def _leaves_much_unread(self) -> bool:
        """Whether the rest of the body is not worth waiting for, or will never come."""
        if self._is_read:
            return False
        declared = self.headers.get(b"content-length", b"0")
        is_large = not declared.isdigit() or int(declared) > _LEFT_UNREAD
        is_endless = b"transfer-encoding" in self.headers
        return is_large or is_endless or self._is_awaited or b"expect" in self.headers
