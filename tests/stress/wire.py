"""HTTP/1.1 over bare asyncio streams: a client so cheap that it is not what is measured."""

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

HOST = "127.0.0.1"
_END = b"\r\n\r\n"
_LONGEST_HEAD = 2**16
_KEPT_S = 4.5
"""A connection idle for longer is not trusted: servers close theirs after five seconds."""
_BROKEN = (OSError, EOFError, asyncio.LimitOverrunError)


class BrokenConnectionError(Exception):
    """A connection ended before the answer did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        headers: By lower-case name.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return what the body says."""
        return json.loads(self.body)


def request(
    method: str,
    path: str,
    body: bytes = b"",
    *,
    kind: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a request as it goes over the wire."""
    told = {"Host": HOST, **(headers or {})}
    if body or method in {"POST", "PUT"}:
        told |= {"Content-Type": kind, "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join(lines).encode("latin-1") + _END + body


def post(path: str, body: object, *, headers: Mapping[str, str] | None = None) -> bytes:
    """Return a request that posts JSON."""
    return request("POST", path, json.dumps(body).encode(), headers=headers)


def form(
    path: str, parts: Mapping[str, bytes], *, headers: Mapping[str, str] | None = None
) -> bytes:
    """Return a request that posts a form; the part called ``audio`` is a file."""
    mark = b"stress-8d1c6f"
    pieces = []
    for name, content in parts.items():
        file = b'; filename="clip"' if name == "audio" else b""
        head = b'Content-Disposition: form-data; name="' + name.encode() + b'"' + file
        pieces += [b"--" + mark + b"\r\n", head, _END, content, b"\r\n"]
    body = b"".join([*pieces, b"--", mark, b"--\r\n"])
    kind = f"multipart/form-data; boundary={mark.decode()}"
    return request("POST", path, body, kind=kind, headers=headers)


class Line:
    """One connection, kept open from request to request, and opened again where it was closed.

    Args:
        port: Of the service.
        resends: Whether a request is sent again that met an idle connection which the server was
            just closing; not for whoever counts attempts.
    """

    def __init__(self, port: int, *, resends: bool = False) -> None:
        self._port = port
        self._resends = resends
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._last = 0.0

    @property
    def is_open(self) -> bool:
        """Whether there is a connection now."""
        return self._streams is not None and not self._streams[0].at_eof()

    async def ask(self, sent: bytes) -> Answer:
        """Send a request, and return its answer.

        Raises:
            BrokenConnectionError: The connection was refused or reset, or ended half way.
        """
        if not self.is_open or time.monotonic() - self._last > _KEPT_S:
            self.close()
        may_resend = self._resends and self._streams is not None
        try:
            answer = await self._talk(sent)
        except _BROKEN as error:
            self.close()
            is_unread = isinstance(error, asyncio.IncompleteReadError) and not error.partial
            if may_resend and is_unread:
                return await self.ask(sent)
            raise BrokenConnectionError(repr(error)) from error
        self._last = time.monotonic()
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    async def _talk(self, sent: bytes) -> Answer:
        reader, writer = self._streams or await self._open()
        writer.write(sent)
        return await _read(reader)

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._streams:
            self._streams[1].close()
            self._streams = None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._streams = await asyncio.open_connection(HOST, self._port, limit=_LONGEST_HEAD)
        return self._streams


async def ask_once(port: int, sent: bytes) -> Answer:
    """Return the answer to a request on a connection of its own."""
    line = Line(port)
    try:
        return await line.ask(sent)
    finally:
        line.close()


def ask_all(port: int, requests: Iterable[bytes]) -> list[Answer]:
    """Return the answers to requests that are sent one after the other."""

    async def ask() -> list[Answer]:
        line = Line(port)
        try:
            return [await line.ask(each) for each in requests]
        finally:
            line.close()

    return asyncio.run(ask())


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(_END)).decode("latin-1")
    first, *lines = head[: -len(_END)].split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    status = int(first.split(" ", 2)[1])
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return Answer(status, headers, await _read_chunks(reader))
    return Answer(status, headers, await reader.readexactly(int(headers.get("content-length", 0))))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    pieces = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(pieces)
