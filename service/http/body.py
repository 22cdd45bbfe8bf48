"""Bodies: from bytes of a declared media type to a validated wire type."""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.types import Scope

from service.http.bentoml_forms import PAIRS, is_bentos, read_pairs, unwrapped
from service.http.errors import UnsupportedMediaTypeError
from service.http.multipart import read_form
from service.http.runtime import read_in_turn
from service.http.strict_json import read_json
from service.http.validation_errors import invalid, shown

JSON = "application/json"
FORM = "multipart/form-data"
NDJSON = "application/x-ndjson"
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
    media_type = expected_media_type(request, kind)
    if media_type == FORM:
        return await _read_form(request, kind)
    body = await request.body()
    read = partial(_read, request, kind, media_type, body)
    return await read_in_turn(request, len(body), read)


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
        raise invalid(found, at=at) from error


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
        media_type_text = (
            f"The Content-Type is {shown(declared)}" if declared else "There is no Content-Type"
        )
        raise UnsupportedMediaTypeError(f"{media_type_text}; this call takes {taken}.")
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


def _read(request: Request, kind: type[BodyT], media_type: str, body: bytes) -> BodyT:
    if media_type == PAIRS:
        return _filled(request, kind, read_pairs(body))
    return validated(kind, _with_headers(read_json(body), request, kind))


async def _read_form(request: Request, kind: type[BodyT]) -> BodyT:
    declared = request.headers.get("content-type", "")
    uploads = request.scope.setdefault(UPLOADS, ExitStack())
    fields = await read_form(declared, request.stream(), uploads)
    n_characters = sum(len(value) for value in fields.values() if isinstance(value, str))
    return await read_in_turn(request, n_characters, partial(_filled, request, kind, fields))


def _filled(request: Request, kind: type[BodyT], form: Mapping[str, Any]) -> BodyT:
    fields = unwrapped(form) if is_bentos(request) else dict(form)
    return validated(kind, _with_headers(fields, request, kind))


def _with_headers(fields: dict[str, Any], request: Request, kind: type[Body]) -> dict[str, Any]:
    """Return the fields of a body and those that its request's headers are."""
    for name in kind.headers:
        if name in fields:  # it is a header, and only there
            raise invalid([{"type": "extra_forbidden", "loc": (name,)}])
        if sent := request.headers.getlist(name):
            fields[name] = ", ".join(sent)
    return fields
