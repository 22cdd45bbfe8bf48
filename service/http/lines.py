"""Lines: a body of many JSON objects, one a line, read while it comes in."""

from collections.abc import AsyncIterator
from typing import TypeVar

from starlette.requests import Request

from service.errors import FieldError, InvalidRequestError, MalformedJsonError
from service.http.body import Body, expected_media_type, read_json, validated

MAX_LINE_BYTES = 8_192

LineT = TypeVar("LineT", bound=Body)


async def read_lines(request: Request, kind: type[LineT]) -> list[LineT]:
    """Return the lines of a body; empty ones are passed over, and the last needs no end.

    Raises:
        RequestError: The body is of another media type or too large, or one of its lines is
            malformed, too long, against the rules, or one too many.
    """
    expected_media_type(request, kind)
    read: list[LineT] = []
    async for line in _lines(request):
        if not line.strip():
            continue
        if len(read) == kind.max_lines:
            told = f"There are more than {kind.max_lines} lines; send the others in another call."
            raise InvalidRequestError([FieldError("lines", told)])
        at = f"lines[{len(read)}]"
        read.append(validated(kind, read_json(line, at), at))
    if not read:
        raise InvalidRequestError([FieldError("lines", "There is no line in the body.")])
    return read


async def _lines(request: Request) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in request.stream():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield _bounded(line)
        _bounded(rest)
    yield rest


def _bounded(line: bytes) -> bytes:
    if len(line) > MAX_LINE_BYTES:
        raise MalformedJsonError(f"A line is longer than {MAX_LINE_BYTES} bytes.")
    return line
