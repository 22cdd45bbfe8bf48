"""Lines: a body of many JSON objects, one a line, read while it comes in."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Generic, TypeVar

from starlette.requests import Request

from service.http.body import Body, expected_media_type, validated
from service.http.errors import FieldError, InvalidRequestError, MalformedJsonError
from service.http.runtime import read_in_turn
from service.http.strict_json import read_json

MAX_LINE_BYTES = 8_192

_PIECE_BYTES = 65_536
"""Parsed at once."""

LineT = TypeVar("LineT", bound=Body)


async def read_lines(request: Request, kind: type[LineT]) -> list[LineT]:
    """Return the lines of a body; empty ones are passed over, and the last needs no end.

    There may be as many empty lines as others.

    Raises:
        RequestError: The body is of another media type or too large, or one of its lines is
            malformed, too long, against the rules, or one too many.
    """
    expected_media_type(request, kind)
    reader = _LineReader(kind)
    async for piece in _pieces(request):
        await read_in_turn(request, len(piece), partial(reader.read, piece))
    if not reader.lines:
        raise InvalidRequestError([FieldError("lines", "There is no line in the body.")])
    return reader.lines


class _LineReader(Generic[LineT]):
    """Collects the lines of a body."""

    def __init__(self, kind: type[LineT]) -> None:
        self.lines: list[LineT] = []
        self._kind = kind
        self._n_ends = 0

    def read(self, piece: bytes) -> None:
        """Read lines that are whole."""
        self._n_ends += piece.count(b"\n")
        most = 2 * self._kind.max_lines
        if self._n_ends > most:
            raise _too_many(f"There are more than {most} lines, with those that are empty")
        for line in piece.split(b"\n"):
            if len(line) > MAX_LINE_BYTES:
                raise _too_long()
            if line.strip():
                self._add(line)

    def _add(self, line: bytes) -> None:
        if len(self.lines) == self._kind.max_lines:
            raise _too_many(f"There are more than {self._kind.max_lines} lines")
        at = f"lines[{len(self.lines)}]"
        self.lines.append(validated(self._kind, read_json(line, at), at))


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield a body in pieces that end where a line does."""
    rest = bytearray()
    async for chunk in request.stream():
        rest += chunk
        if len(rest) >= _PIECE_BYTES:
            end = rest.rfind(b"\n") + 1
            yield bytes(rest[:end])
            del rest[:end]
            if len(rest) > MAX_LINE_BYTES:
                raise _too_long()
    yield bytes(rest)


def _too_many(message: str) -> InvalidRequestError:
    return InvalidRequestError(
        [FieldError("lines", f"{message}; send the others in another call.")]
    )


def _too_long() -> MalformedJsonError:
    return MalformedJsonError(f"A line is longer than {MAX_LINE_BYTES} bytes.")
