"""Request bodies: from the bytes of a media type to a validated wire type."""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.types import Scope

from service.http.bentoml_forms import PAIRS, is_bentoml_client, read_pairs, unwrap_json
from service.http.concurrency import Cost
from service.http.errors import UnsupportedMediaTypeError
from service.http.multipart import read_form
from service.http.runtime import parse_off_loop
from service.http.strict_json import read_json
from service.http.validation_errors import describe_value, invalid_request

JSON = "application/json"
FORM = "multipart/form-data"
NDJSON = "application/x-ndjson"
BINARY = "application/octet-stream"
UPLOADS = "attune.uploads"
"""Key in the request's scope of the open files."""


class Body(BaseModel):
    """A request body without unknown fields, numbers as text, NaN or infinity.

    Attributes:
        media_types: Accepted media types.
        headers: Headers that are read as fields: their names and types.
        max_lines: Maximum number of lines in an NDJSON body of this type.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)

    media_types: ClassVar[tuple[str, ...]] = (JSON,)
    headers: ClassVar[Mapping[str, Any]] = {}
    max_lines: ClassVar[int] = 1

    def cost(self, highest: Cost) -> Cost:
        """Return the cost of a call with this body, of which *highest* is its route's."""
        return highest


BodyT = TypeVar("BodyT", bound=Body)


async def read_body(request: Request, kind: type[BodyT]) -> BodyT:
    """Return the body of a request.

    :func:`close_uploads` closes its files.

    Raises:
        RequestError: The body has another media type, or is malformed, too large or invalid.
    """
    media_type = expected_media_type(request, kind)
    if media_type == FORM:
        return await _read_form(request, kind)
    body = await request.body()
    read = partial(_read, request, kind, media_type, body)
    return await parse_off_loop(request, len(body), read)


def validate(kind: type[BodyT], fields: Mapping[str, Any], *at: str | int) -> BodyT:
    """Return fields as a wire type.

    Args:
        kind: The wire type.
        fields: The parsed fields.
        at: Path of the fields in the body, for error messages.

    Raises:
        InvalidRequestError: The fields are invalid.
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
        known = [name for name, field in kind.model_fields.items() if field.alias is None]
        raise invalid_request(errors, at=at, known=known) from error


def expected_media_type(request: Request, kind: type[Body]) -> str:
    """Return the media type of a request's body.

    Raises:
        UnsupportedMediaTypeError: The call does not accept it.
    """
    declared = request.headers.get("content-type", "")
    media_type = media_type_of(declared)
    if media_type == PAIRS and FORM in kind.media_types and is_bentoml_client(request):
        return media_type
    if media_type not in kind.media_types:
        accepted = " or ".join(kind.media_types)
        problem = (
            f"The Content-Type is {describe_value(declared)}"
            if declared
            else "There is no Content-Type"
        )
        raise UnsupportedMediaTypeError(f"{problem}; this call takes {accepted}.")
    return media_type


def close_uploads(scope: Scope) -> None:
    """Close the files of a request, which deletes them."""
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
        return _from_form(request, kind, read_pairs(body))
    return validate(kind, _with_headers(read_json(body), request, kind))


async def _read_form(request: Request, kind: type[BodyT]) -> BodyT:
    declared = request.headers.get("content-type", "")
    uploads = request.scope.setdefault(UPLOADS, ExitStack())
    fields = await read_form(declared, request.stream(), uploads)
    n_characters = sum(len(value) for value in fields.values() if isinstance(value, str))
    return await parse_off_loop(request, n_characters, partial(_from_form, request, kind, fields))


def _from_form(request: Request, kind: type[BodyT], form: Mapping[str, Any]) -> BodyT:
    fields = unwrap_json(form) if is_bentoml_client(request) else dict(form)
    return validate(kind, _with_headers(fields, request, kind))


def _with_headers(fields: dict[str, Any], request: Request, kind: type[Body]) -> dict[str, Any]:
    """Return the fields of a body, with the headers that the type reads as fields."""
    for name in kind.headers:
        if name in fields:  # allowed only as a header
            raise invalid_request([{"type": "extra_forbidden", "loc": (name,)}])
        if values := request.headers.getlist(name):
            fields[name] = ", ".join(values)
    return fields
