"""Lines: a body of many JSON objects, one a line, read while it comes in."""

from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

from fastapi import Depends
from starlette.requests import Request

from service.errors import FieldError, InvalidRequestError, MalformedJsonError
from service.http.body import Body, expected_media_type, read_json, validated

MAX_LINE_BYTES = 8_192

LineT = TypeVar("LineT", bound=Body)


class ReadLines(Generic[LineT]):
    """A dependency that reads the lines of a body; the OpenAPI description finds it there.

    Attributes:
        kind: What each line is.
    """

    def __init__(self, kind: type[LineT], most: int) -> None:
        self.kind = kind
        self._most = most

    async def __call__(self, request: Request) -> list[LineT]:
        """Return the lines of a request's body."""
        return [line async for line in read_lines(request, self.kind, self._most)]


def from_lines(kind: type[Body], most: int) -> Any:
    """Return what marks a parameter as the lines of the body, at most so many."""
    return Depends(ReadLines(kind, most))


async def read_lines(request: Request, kind: type[LineT], most: int) -> AsyncIterator[LineT]:
    """Yield the lines of a body; empty ones are passed over, and the last needs no end.

    Args:
        request: Whose body is read.
        kind: What each line is.
        most: How many lines there may be.

    Raises:
        RequestError: The body is of another media type or too large, or one of its lines is
            malformed, too long, against the rules, or one too many.
    """
    expected_media_type(request, kind)
    number = 0
    async for line in _lines(request):
        if not line.strip():
            continue
        if number == most:
            told = f"There are more than {most} lines; send the others in another call."
            raise InvalidRequestError([FieldError("lines", told)])
        yield validated(kind, read_json(line, f"lines[{number}]"), f"lines[{number}]")
        number += 1
    if not number:
        raise InvalidRequestError([FieldError("lines", "There is no line in the body.")])


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
