"""Connections: uvicorn's HTTP protocol with bounds on what clients send and how slowly they read.

Uvicorn has no deadline for a head and keeps all of it; it reads trailers as headers; it begins the
next pipelined request while the client does not read the last answer, for which it has no deadline
either; it upgrades a connection that is being answered on; and it answers what is not HTTP in
plain text.
"""

import asyncio
import secrets
from http import HTTPStatus
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from service.http.errors import (
    INTERNAL,
    MEDIA_TYPE,
    HeadersTooLargeError,
    Problem,
    problem_of,
    problem_of_status,
)

MAX_BYTES = 65_536
"""Of an incomplete head: twice what the middleware allows, which refuses those that are complete.
The same bound holds for the extensions of a chunk and for trailers."""
MAX_WAITING = 128
"""Requests of a connection that wait for the answer to the one before; one more closes it."""
_FED_AT_ONCE = 16_384
_LEAST_READ = 16_384
"""Bytes of an answer that a client must read in each period of `max_s`."""


class BoundedConnection(HttpToolsProtocol):
    """Uvicorn's protocol with bounds; a connection that exceeds one is closed.

    Attributes:
        max_s: Seconds until the first head of a connection must be complete, a later head once
            anything came after an answer, and until a client must have read the next part of one.
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
        self._read_by: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Set the deadline of the first head."""
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel all deadlines."""
        self._end_head()
        self._end_reading()
        super().connection_lost(exc)
        if self._answered is not None:  # uvicorn tells it to the request that came last
            self._answered.disconnected = True
            self._answered.message_event.set()

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._is_in_head = self._is_in_message = self._has_progressed = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; ignore a trailer, which would replace a header that was checked."""
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
        """Receive a piece of a body."""
        self._has_progressed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._is_in_message = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Parse what arrived; refuse a head without end, and long trailers or extensions."""
        for start in range(0, len(data), _FED_AT_ONCE):
            piece = data[start : start + _FED_AT_ONCE]
            self._has_progressed = False
            super().data_received(piece)
            if self.transport.is_closing():
                return
            self._count(len(piece))

    def pause_writing(self) -> None:
        """Set the deadline for the client to read."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        """Cancel that deadline."""
        self._end_reading()
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Go on to the next request, or close the connection if this was the last."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._await_reading()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that nobody uses."""
        self._close()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, and close the connection."""
        del msg
        self._refuse(problem_of_status(HTTPStatus.BAD_REQUEST))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Begin a request, which takes a slot, once the client has read the answer before."""

        async def once_read(scope: Scope, receive: Receive, send: Send) -> None:
            await self.flow.drain()
            if self.transport.is_closing():
                cycle.disconnected = True
            else:
                await app(scope, receive, send)

        self._answered = cycle
        begun: Any = once_read if self.flow.write_paused else app
        super()._start_asgi_task(cycle, begun)

    def _should_upgrade(self) -> bool:
        """Refuse every upgrade: the answer under way would never hear that its client reads."""
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
            error = HeadersTooLargeError(f"{what} are longer than {MAX_BYTES} bytes.")
            self._refuse(problem_of(error) or INTERNAL)

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.max_s, self._close)

    def _end_head(self) -> None:
        self._is_in_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _await_reading(self) -> None:
        """Abort the connection unless the client reads enough in each period."""
        if self._read_by is None:
            left = self.transport.get_write_buffer_size()
            self._read_by = self.loop.call_later(self.max_s, self._look_at_reading, left)

    def _look_at_reading(self, before: int) -> None:
        self._read_by = None
        if self.transport.get_write_buffer_size() > before - _LEAST_READ:
            self.transport.abort()
        else:
            self._await_reading()

    def _end_reading(self) -> None:
        if self._read_by is not None:
            self._read_by.cancel()
            self._read_by = None

    def _close(self) -> None:
        """Close the connection once the client has read what was written."""
        self.transport.close()
        self._await_reading()

    def _refuse(self, problem: Problem) -> None:
        body = bytes(problem.response(secrets.token_hex(16)).body)
        status = HTTPStatus(problem.status)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self._close()
