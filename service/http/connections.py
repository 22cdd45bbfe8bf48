"""Connections: what only the server itself sees of a request and of how its answer is taken.

Uvicorn waits for the end of a head for ever and keeps all of it; it takes the fields behind a
chunked body for headers; it begins the next request of a connection while nobody takes the answer
to the last one, and waits for that for ever, too; it hands a connection to another protocol while
it is being answered on; and it answers what is not HTTP in plain text.
"""

import asyncio
import secrets
from http import HTTPStatus
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from service.errors import MEDIA_TYPE, HeadersTooLargeError, Problem, problem_of, problem_of_status

MAX_BYTES = 65_536
"""Of a head that is not complete; twice what the middleware reads, which is the one to refuse.
So much may also stand between two pieces of a chunked body, or behind the last."""
MAX_WAITING = 128
"""Requests of a connection that wait for the answer to the one before; one more closes it."""
_FED_AT_ONCE = 16_384
_LEAST_TAKEN = 16_384
"""Bytes of an answer that a client takes in each stretch of `max_s`, at least."""


class BoundedConnection(HttpToolsProtocol):
    """Uvicorn's protocol with bounds; a connection that exceeds one is closed.

    Attributes:
        max_s: How long a new connection may take for its first head, a head for its end, and a
            client for taking something of an answer. After an answer, so long may go by from the
            next byte to the next whole head.
    """

    max_s = 10.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_in_head = True
        self._is_in_message = False
        self._has_progressed = False
        self._n_bytes = 0
        self._answered: RequestResponseCycle | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._taken_by: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Wait for the first head, for a while."""
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._end_head()
        self._end_taking()
        super().connection_lost(exc)
        if self._answered is not None:  # uvicorn tells it to the request that came last
            self._answered.disconnected = True
            self._answered.message_event.set()

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._is_in_head = self._is_in_message = self._has_progressed = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; leave out trailers, which would replace those that were checked."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End a head."""
        self._end_head()
        if len(self.pipeline) >= MAX_WAITING:
            self.transport.abort()
        if not self.transport.is_closing():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._has_progressed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._is_in_message = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Read on; refuse a head that does not end, and what is no body in a body."""
        for start in range(0, len(data), _FED_AT_ONCE):
            piece = data[start : start + _FED_AT_ONCE]
            self._has_progressed = False
            super().data_received(piece)
            if self.transport.is_closing() or self.transport.get_protocol() is not self:
                return
            self._count(len(piece))

    def pause_writing(self) -> None:
        """Wait until the client takes what was written, for a while."""
        super().pause_writing()
        self._await_taking()

    def resume_writing(self) -> None:
        """Write on."""
        self._end_taking()
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Go on to the next request, or close the connection if this was the last."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._await_taking()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that nobody uses."""
        self._close()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, and close the connection."""
        del msg
        self._refuse(problem_of_status(HTTPStatus.BAD_REQUEST))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Begin a request once the answer before was taken; until then it holds nothing."""

        async def once_taken(scope: Scope, receive: Receive, send: Send) -> None:
            await self.flow.drain()
            if self.transport.is_closing():
                cycle.disconnected = True
            else:
                await app(scope, receive, send)

        self._answered = cycle
        begun: Any = once_taken if self.flow.write_paused else app
        super()._start_asgi_task(cycle, begun)

    def _should_upgrade(self) -> bool:
        """Speak no other protocol: it would be told what an answer under way waits for."""
        return False

    def _count(self, n_bytes: int) -> None:
        if self._has_progressed:
            self._n_bytes = 0
        is_idle = self._answered is None or self._answered.response_complete
        if self._deadline is None and (self._is_in_head or is_idle):
            self._set_deadline()  # uvicorn stopped its own when something came
        if not self._is_in_message:
            return
        self._n_bytes += n_bytes
        if self._n_bytes > MAX_BYTES:
            what = "Path and headers" if self._is_in_head else "Trailers or a chunk's extensions"
            told = f"{what} are more than {MAX_BYTES} bytes, and did not end yet."
            self._refuse(problem_of(HeadersTooLargeError(told)))

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.max_s, self._close)

    def _end_head(self) -> None:
        self._is_in_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _await_taking(self) -> None:
        """Cut the connection off unless the client takes something, again and again."""
        if self._taken_by is None:
            left = self.transport.get_write_buffer_size()
            self._taken_by = self.loop.call_later(self.max_s, self._look_at_taking, left)

    def _look_at_taking(self, before: int) -> None:
        self._taken_by = None
        if self.transport.get_write_buffer_size() > before - _LEAST_TAKEN:
            self.transport.abort()
        else:
            self._await_taking()

    def _end_taking(self) -> None:
        if self._taken_by is not None:
            self._taken_by.cancel()
            self._taken_by = None

    def _close(self) -> None:
        """Close the connection once what was written is taken."""
        self.transport.close()
        self._await_taking()

    def _refuse(self, problem: Problem | None) -> None:
        known = problem or problem_of_status(HTTPStatus.BAD_REQUEST)
        body = bytes(known.response(secrets.token_hex(16)).body)
        status = HTTPStatus(known.status)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self._close()
