"""Bodies: from bytes of a declared media type to a validated wire type."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.types import Scope

from service.errors import MalformedJsonError, UnsupportedMediaTypeError
from service.http.bento_forms import PAIRS, is_bentos, read_pairs, unwrapped
from service.http.faults import invalid, path_of, shown
from service.http.form import read_form

JSON = "application/json"
FORM = "multipart/form-data"
NDJSON = "application/x-ndjson"
MAX_DEPTH = 16
"""Of objects and lists within each other; no call needs more than three."""
_TOO_DEEP = f"is nested more than {MAX_DEPTH} deep"
UPLOADS = "attune.uploads"
"""Key of the request's scope under which the files it opened wait to be closed."""


class Body(BaseModel):
    """A request body: unknown fields, numbers written as text, NaN and infinity are refused.

    Attributes:
        media_types: What the call takes.
        headers: Headers of the request that are read as fields of their names, and their types.
        max_lines: How many there may be in a body of which each line is one of these.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)

    media_types: ClassVar[tuple[str, ...]] = (JSON,)
    headers: ClassVar[Mapping[str, Any]] = {}
    max_lines: ClassVar[int] = 1


BodyT = TypeVar("BodyT", bound=Body)


async def read_body(request: Request, kind: type[BodyT]) -> BodyT:
    """Return the body of a request.

    Files that were sent are closed by :func:`close_uploads`.

    Raises:
        RequestError: The body is of another media type, malformed, too large or against the rules.
    """
    fields: dict[str, Any]
    if expected_media_type(request, kind) == JSON:
        fields = read_json(await request.body())
    else:
        fields = await _form(request)
    return validated(kind, _with_headers(fields, request, kind))


def validated(kind: type[BodyT], fields: Mapping[str, Any], *at: str | int) -> BodyT:
    """Return fields as what they are to be.

    Args:
        kind: What they are to be.
        fields: As they were read.
        at: Where in the body they stand, as errors write it.

    Raises:
        InvalidRequestError: They are against the rules.
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        raise invalid({**fault, "loc": (*at, *fault["loc"])} for fault in found) from error


def expected_media_type(request: Request, kind: type[Body]) -> str:
    """Return the media type of a request's body.

    Raises:
        UnsupportedMediaTypeError: The call does not take it.
    """
    declared = request.headers.get("content-type", "")
    media_type = media_type_of(declared)
    if media_type == PAIRS and FORM in kind.media_types and is_bentos(request):
        return media_type
    if media_type not in kind.media_types:
        taken = " or ".join(kind.media_types)
        said = f"The Content-Type is {shown(declared)}" if declared else "There is no Content-Type"
        raise UnsupportedMediaTypeError(f"{said}; this call takes {taken}.")
    return media_type


def close_uploads(scope: Scope) -> None:
    """Close the files that came with a request, which deletes them."""
    if (uploads := scope.get(UPLOADS)) is not None:
        uploads.close()


def media_type_of(declared: str) -> str:
    """Return the media type of a Content-Type header, without parameters.

    >>> media_type_of("Application/JSON; charset=utf-8")
    'application/json'
    """
    return declared.partition(";")[0].strip().lower()


def read_json(body: bytes, name: str = "The body") -> dict[str, Any]:
    """Return the object that a body, or a part of it, holds; ``name`` is what errors call it.

    Raises:
        MalformedJsonError: It is not UTF-8, not JSON, not an object, holds NaN or infinity, a key
            twice, or is nested too deeply.
    """
    first: list[_Constant] = []

    def noted(constant: str) -> _Constant | None:
        if first:  # one is enough to refuse; a body could hold millions
            return None
        first.append(_Constant(constant))
        return first[0]

    try:
        value = json.loads(body.decode("utf-8"), parse_constant=noted, object_pairs_hook=_object)
    except RecursionError as error:
        raise MalformedJsonError(f"{name} {_TOO_DEEP}.") from error
    except ValueError as error:
        raise MalformedJsonError(f"{name} is not JSON: {error}.") from error
    if first:
        place = path_of(_way_to(first[0], value)) or name
        raise MalformedJsonError(f"{place} is {first[0].name}, which is not a number in JSON.")
    if not isinstance(value, dict):
        raise MalformedJsonError(f"{name} is {shown(value)}; an object is needed.")
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise MalformedJsonError(f"{name} {_TOO_DEEP}.")
    return value


async def _form(request: Request) -> dict[str, Any]:
    declared = request.headers.get("content-type", "")
    fields: Mapping[str, Any]
    if media_type_of(declared) == FORM:
        uploads = request.scope.setdefault(UPLOADS, ExitStack())
        fields = await read_form(declared, request.stream(), uploads)
    else:
        fields = read_pairs(await request.body())
    return unwrapped(fields) if is_bentos(request) else dict(fields)


def _depth(value: dict[str, Any]) -> int:
    """Return how deep objects and lists are nested, up to one more than is read."""
    level: list[Any] = [value]
    depth = 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return depth


def _with_headers(fields: dict[str, Any], request: Request, kind: type[Body]) -> dict[str, Any]:
    """Return the fields of a body and those that its request's headers are."""
    for name in kind.headers:
        if name in fields:  # it is a header, and only there
            raise invalid([{"type": "extra_forbidden", "loc": (name,)}])
        if sent := request.headers.getlist(name):
            fields[name] = ", ".join(sent)
    return fields


@dataclass(frozen=True, slots=True, eq=False)
class _Constant:
    """A NaN or an infinity, which Python's reader takes for JSON."""

    name: str


def _way_to(wanted: _Constant, value: Any) -> tuple[str | int, ...]:
    """Return the keys and places that lead to a constant; none where it is the whole."""
    way: list[str | int] = []
    within = [_members(value)]
    while within:
        for key, inner in within[-1]:
            if inner is wanted:
                return (*way, key)
            if isinstance(inner, dict | list):
                way.append(key)
                within.append(_members(inner))
                break
        else:
            within.pop()
            way[-1:] = []
    return ()


def _members(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return iter(value.items())
    return iter(enumerate(value if isinstance(value, list) else ()))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise MalformedJsonError(f"The key {shown(twice)} comes twice in one object.")
    return value
