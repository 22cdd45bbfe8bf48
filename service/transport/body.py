"""Bodies: from bytes of a declared media type to a validated wire type."""

import json
from collections import Counter
from contextlib import ExitStack
from typing import Any, ClassVar, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from service.errors import InvalidRequestError, MalformedJsonError, UnsupportedMediaTypeError
from service.transport.faults import invalid, shown
from service.transport.form import read_form

JSON = "application/json"
FORM = "multipart/form-data"
UPLOADS = "attune.uploads"
"""Key of the request's scope under which the files it opened wait to be closed."""


class Body(BaseModel):
    """A request body: unknown fields, numbers written as text, NaN and infinity are refused.

    Attributes:
        media_types: What the call takes.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)

    media_types: ClassVar[tuple[str, ...]] = (JSON,)


BodyT = TypeVar("BodyT", bound=Body)


async def read_body(request: Request, kind: type[BodyT]) -> BodyT:
    """Return the body of a request.

    Files that were sent are closed by :func:`close_uploads`.

    Raises:
        RequestError: The body is of another media type, malformed, too large or against the rules.
    """
    declared = request.headers.get("content-type", "")
    fields: dict[str, Any]
    if expected_media_type(request, kind) == FORM:
        uploads = request.scope.setdefault(UPLOADS, ExitStack())
        fields = dict(await read_form(declared, request.stream(), uploads))
    else:
        fields = read_json(await request.body())
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise _told(error) from error


def expected_media_type(request: Request, kind: type[Body]) -> str:
    """Return the media type of a request's body.

    Raises:
        UnsupportedMediaTypeError: The call does not take it.
    """
    declared = request.headers.get("content-type", "")
    media_type = media_type_of(declared)
    if media_type not in kind.media_types:
        taken = " or ".join(kind.media_types)
        said = f"The Content-Type is {shown(declared)}" if declared else "There is no Content-Type"
        raise UnsupportedMediaTypeError(f"{said}; this call takes {taken}.")
    return media_type


def close_uploads(request: Request) -> None:
    """Close the files that came with a request, which deletes them."""
    if (uploads := request.scope.get(UPLOADS)) is not None:
        uploads.close()


def media_type_of(declared: str) -> str:
    """Return the media type of a Content-Type header, without parameters.

    >>> media_type_of("Application/JSON; charset=utf-8")
    'application/json'
    """
    return declared.partition(";")[0].strip().lower()


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object that a body holds.

    Raises:
        MalformedJsonError: It is not UTF-8, not JSON, not an object, holds NaN or infinity, a key
            twice, or is nested too deeply.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_object
        )
    except RecursionError as error:
        raise MalformedJsonError("The body is nested too deeply to be read.") from error
    except ValueError as error:
        raise MalformedJsonError(f"The body is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise MalformedJsonError(f"The body is {shown(value)}; an object is needed.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJsonError(f"The body holds {name}, which is not a number in JSON.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise MalformedJsonError(f"The key {shown(twice)} comes twice in one object.")
    return value


def _told(error: ValidationError) -> InvalidRequestError:
    return invalid(error.errors(include_url=False, include_context=False))
