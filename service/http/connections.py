"""Connections: uvicorn's HTTP protocol with bounds on what clients send and how slowly they read.

Uvicorn itself has no deadline and no size limit for a request head, and treats trailers as
headers. It starts the next pipelined request while the client does not read the last response, for
which it has no deadline either. It upgrades a connection during a response, and responds to
malformed HTTP in plain text.
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
"""Size limit of an incomplete head: twice the limit of the middleware for complete heads. The same
limit holds for the extensions of a chunk and for trailers."""
MAX_WAITING = 128
"""Pipelined requests of a connection that wait for a response; one more closes it."""
_CHUNK_BYTES = 16_384
_MIN_READ_BYTES = 16_384
"""Bytes of a response that a client must read in each period of `max_s`."""


class BoundedConnection(HttpToolsProtocol):
    """Uvicorn's protocol with bounds; it closes a connection that exceeds one.

    Attributes:
        max_s: Time limit in seconds for the first head of a connection, for a later head from its
            first byte on, and for the client to read the next part of a response.
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
        if self._answered is not None:  # uvicorn notifies only the last request
            self._answered.disconnected = True
            self._answered.message_event.set()

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        super().on_message_begin()
        self._is_in_head = self._is_in_message = self._has_progressed = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header; ignore a trailer, which would replace a checked header."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Cancel the deadline of the head; abort if too many requests wait."""
        self._end_head()
        if len(self.pipeline) >= MAX_WAITING:
            self.transport.abort()
        if not self.transport.is_closing():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Receive a chunk of a body."""
        self._has_progressed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that a request is complete."""
        self._is_in_message = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Parse data; refuse heads, trailers and chunk extensions that are too long."""
        for start in range(0, len(data), _CHUNK_BYTES):
            chunk = data[start : start + _CHUNK_BYTES]
            self._has_progressed = False
            super().data_received(chunk)
            if self.transport.is_closing():
                return
            self._count(len(chunk))

    def pause_writing(self) -> None:
        """Set the client's deadline for reading."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        """Cancel the client's deadline for reading."""
        self._end_reading()
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Start the next request; set a deadline if the connection is closing."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._await_reading()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection."""
        self._close()

    def send_400_response(self, msg: str) -> None:
        """Respond to malformed HTTP with a problem, and close the connection."""
        del msg
        self._refuse(problem_of_status(HTTPStatus.BAD_REQUEST))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Start a request, which takes a slot, once the client has read the previous response."""

        async def once_read(scope: Scope, receive: Receive, send: Send) -> None:
            await self.flow.drain()
            if self.transport.is_closing():
                cycle.disconnected = True
            else:
                await app(scope, receive, send)

        self._answered = cycle
        target: Any = once_read if self.flow.write_paused else app
        super()._start_asgi_task(cycle, target)

    def _should_upgrade(self) -> bool:
        """Refuse every upgrade: it would hide from the current response that the client reads."""
        return False

    def _count(self, n_bytes: int) -> None:
        if self._has_progressed:
            self._n_bytes = 0
        is_idle = self._answered is None or self._answered.response_complete
        if self._deadline is None and (self._is_in_head or is_idle):
            self._set_deadline()  # uvicorn cancelled its own on the first byte
        if not self._is_in_message:
            return
        self._n_bytes += n_bytes
        if self._n_bytes > MAX_BYTES:
            part = "Path and headers" if self._is_in_head else "Trailers or a chunk's extensions"
            error = HeadersTooLargeError(f"{part} are longer than {MAX_BYTES} bytes.")
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
            self._read_by = self.loop.call_later(self.max_s, self._check_reading, left)

    def _check_reading(self, before: int) -> None:
        self._read_by = None
        if self.transport.get_write_buffer_size() > before - _MIN_READ_BYTES:
            self.transport.abort()
        else:
            self._await_reading()

    def _end_reading(self) -> None:
        if self._read_by is not None:
            self._read_by.cancel()
            self._read_by = None

    def _close(self) -> None:
        """Close the connection once the client has read the written bytes."""
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
