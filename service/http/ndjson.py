"""NDJSON bodies: one JSON object per line, read while the body arrives.

The same lines may come as one JSON object, ``{"lines": [{…}, {…}]}``, because few generators of
clients know NDJSON.
"""

from codecs import BOM_UTF8
from collections.abc import AsyncIterator
from functools import cache, partial
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field, create_model
from starlette.requests import Request

from service.http.body import JSON, Body, expected_media_type, read_body, validate
from service.http.errors import FieldError, InvalidRequestError, MalformedJsonError
from service.http.runtime import parse_off_loop
from service.http.strict_json import read_json

MAX_LINE_BYTES = 8_192

_CHUNK_BYTES = 65_536
"""Size of the chunks that are parsed at once."""

LineT = TypeVar("LineT", bound=Body)


async def read_lines(request: Request, kind: type[LineT]) -> list[LineT]:
    """Return the lines of a body; skip empty lines, and accept a last line without an end.

    There may be as many empty lines as others, and a byte order mark, as editors write it, before
    the first.

    Raises:
        RequestError: The body has another media type, is too large or has too many lines, or a
            line is malformed, too long or invalid.
    """
    if expected_media_type(request, kind) == JSON:
        whole: Any = await read_body(request, json_of(kind))
        return list(whole.lines)
    reader = _LineReader(kind)
    async for chunk in _chunks(request):
        await parse_off_loop(request, len(chunk), partial(reader.read, chunk))
    if not reader.lines:
        raise InvalidRequestError([FieldError("lines", "There is no line in the body.")])
    return reader.lines


@cache
def json_of(kind: type[Body]) -> type[Body]:
    """Return the type of a JSON body that holds lines of a type; its name is in the plural."""
    length = Field(min_length=1, max_length=kind.max_lines, fail_fast=True)
    lines: Any = (Annotated[list[kind], length], ...)  # type: ignore[valid-type]
    return create_model(
        f"{kind.__name__}s", __base__=Body, __doc__="The lines of a body of NDJSON.", lines=lines
    )


class _LineReader(Generic[LineT]):
    """Collects the lines of a body."""

    def __init__(self, kind: type[LineT]) -> None:
        self.lines: list[LineT] = []
        self._kind = kind
        self._n_ends = 0
        self._mark = BOM_UTF8

    def read(self, chunk: bytes) -> None:
        """Read complete lines."""
        self._n_ends += chunk.count(b"\n")
        most = 2 * self._kind.max_lines
        if self._n_ends > most:
            raise _too_many(f"There are more than {most} lines, including empty lines")
        for line in chunk.removeprefix(self._mark).split(b"\n"):
            if len(line) > MAX_LINE_BYTES:
                raise _too_long()
            if line.strip():
                self._add(line)
        self._mark = b""

    def _add(self, line: bytes) -> None:
        if len(self.lines) == self._kind.max_lines:
            raise _too_many(f"There are more than {self._kind.max_lines} lines")
        at = f"lines[{len(self.lines)}]"
        self.lines.append(validate(self._kind, read_json(line, at), at))


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """Yield a body in chunks that end at the end of a line."""
    rest = bytearray()
    async for chunk in request.stream():
        rest += chunk
        if len(rest) >= _CHUNK_BYTES:
            end = rest.rfind(b"\n") + 1
            yield bytes(rest[:end])
            del rest[:end]
            if len(rest) > MAX_LINE_BYTES:
                raise _too_long()
    yield bytes(rest)


def _too_many(message: str) -> InvalidRequestError:
    return InvalidRequestError([FieldError("lines", f"{message}; send the rest in another call.")])


def _too_long() -> MalformedJsonError:
    return MalformedJsonError(f"A line is longer than {MAX_LINE_BYTES} bytes.")
