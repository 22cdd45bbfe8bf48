"""Heads: what comes of a request before there is one, which only the server itself sees.

Uvicorn waits for the end of a head for ever and keeps all of it; and it answers what is not HTTP
in plain text.
"""

import asyncio
import secrets
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.errors import MEDIA_TYPE, HeadersTooLargeError, Problem, problem_of, problem_of_status

MAX_BYTES = 65_536
"""Of a head that is not complete; twice what the middleware reads, which is the one to refuse."""


class BoundedHeads(HttpToolsProtocol):
    """Uvicorn's protocol with bounds on heads; a connection that exceeds one is closed.

    Attributes:
        max_s: How long a new connection may take for its first head, and a head for its end.
    """

    max_s = 10.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_in_head = True
        self._n_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Wait for the first head, for a while."""
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._end_head()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._is_in_head = True
        self._n_bytes = 0

    def on_headers_complete(self) -> None:
        """End a head."""
        self._end_head()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Read on; refuse a head that does not end."""
        super().data_received(data)
        if not self._is_in_head or self.transport.is_closing():
            return
        self._n_bytes += len(data)
        if self._deadline is None:
            self._set_deadline()
        if self._n_bytes > MAX_BYTES:
            told = f"Path and headers are more than {MAX_BYTES} bytes, and did not end yet."
            self._refuse(problem_of(HeadersTooLargeError(told)))

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, and close the connection."""
        del msg
        self._refuse(problem_of_status(HTTPStatus.BAD_REQUEST))

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.max_s, self.transport.close)

    def _end_head(self) -> None:
        self._is_in_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, problem: Problem | None) -> None:
        known = problem or problem_of_status(HTTPStatus.BAD_REQUEST)
        body = bytes(known.response(secrets.token_hex(16)).body)
        status = HTTPStatus(known.status)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()
