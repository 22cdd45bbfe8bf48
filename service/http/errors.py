"""Error responses (RFC 9457), and the errors of requests that cannot be read.

::

    RequestError
    ├── HeadersTooLargeError
    ├── DoubledHeaderError
    ├── BodyTooLargeError
    ├── BodyTooSlowError
    ├── UnsupportedMediaTypeError
    ├── MalformedBodyError
    │   ├── MalformedJsonError
    │   └── MalformedFormError
    └── InvalidRequestError         the body breaks the rules; names each field

`STATUS_CODES` holds the codes of responses without an error class. The trees of all other errors
are in :mod:`service.errors` and :mod:`models.errors`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from models.errors import AttuneError
from service import errors as _service_errors  # noqa: F401  # `codes` lists imported classes
from service.observability.logs import LOG, current_request

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = {HTTPStatus.TOO_MANY_REQUESTS: 1, HTTPStatus.SERVICE_UNAVAILABLE: 5}
REQUEST_ID = "attune.request_id"
"""Key in the request's scope of the request id; the middleware sets it."""


class RequestError(AttuneError):
    """The request cannot be read."""


class BodyTooLargeError(RequestError):
    """The body is too large."""

    status, code = 413, "body_too_large"


class BodyTooSlowError(RequestError):
    """The body did not arrive within the time limit of the call."""

    status, code = 408, "body_too_slow"


class HeadersTooLargeError(RequestError):
    """The path and the headers are too long."""

    status, code = 431, "headers_too_large"


class DoubledHeaderError(RequestError):
    """A header that may come once comes more than once."""

    status, code = 400, "doubled_header"

    def __init__(self, name: str) -> None:
        super().__init__(f"The header {name} comes more than once; once is enough.")


class UnsupportedMediaTypeError(RequestError):
    """The call does not accept the media type or the encoding of the body."""

    status, code = 415, "unsupported_media_type"


class MalformedBodyError(RequestError):
    """The body does not match its media type."""


class MalformedJsonError(MalformedBodyError):
    """The body is not a JSON object."""

    status, code = 400, "malformed_json"


class MalformedFormError(MalformedBodyError):
    """The body is not a form."""

    status, code = 400, "malformed_form"


@dataclass(frozen=True, slots=True)
class FieldError:
    """The error of one field; ``field`` is a path such as ``labels[3].valence``."""

    field: str
    message: str


class InvalidRequestError(RequestError):
    """The request can be read, and breaks the rules."""

    status, code = 422, "invalid_request"

    def __init__(self, errors: Sequence[FieldError], *, n_errors: int = 0) -> None:
        """Create the error from the listed field errors and the number of all errors."""
        n_more = max(n_errors, len(errors)) - 1
        more = f" And {n_more} more." if n_more else ""
        super().__init__(f"{errors[0].message}{more}")
        self.errors = tuple(errors)

    @property
    def extensions(self) -> Mapping[str, object]:
        """The field errors, as the member ``errors``."""
        return {"errors": [asdict(error) for error in self.errors]}


_DISCONNECTED = (HTTPStatus.BAD_REQUEST.value, "client_disconnected")
"""Status and code of Starlette's `ClientDisconnect`."""

STATUS_CODES: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The request cannot be read."),
    404: ("not_found", "There is nothing at this path."),
    405: ("method_not_allowed", "This path does not accept this method."),
    429: ("too_many_requests", "Too many requests are in progress; try again in a moment."),
    500: ("internal", "Internal error; the log has details under the request id."),
    503: ("unavailable", "The service is unavailable now; try again in a moment."),
    504: ("timeout", "The request timed out."),
}
"""Code and sentence of error responses without an error class, by status."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error response (RFC 9457), with a stable ``code`` to branch on."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, object] = field(default_factory=dict)

    def response(self, request_id: str) -> Response:
        """Return the response that carries the problem."""
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
            **self.extensions,
        }
        headers = dict(self.headers)
        if (seconds := RETRY_AFTER_S.get(HTTPStatus(self.status))) is not None:
            headers.setdefault("Retry-After", str(seconds))
        content = json.dumps(body)  # ASCII: a lone surrogate of the request can be sent back
        return Response(content, self.status, headers, MEDIA_TYPE)


def problem_of(error: Exception) -> Problem | None:
    """Return the problem of an error; None for an internal error."""
    match error:
        case AttuneError() if error.code != INTERNAL.code:
            message = str(error)
            return Problem(error.status, error.code, message, error.headers, error.extensions)
        case ClientDisconnect():
            return Problem(*_DISCONNECTED, str(error))
        case HTTPException():
            return problem_of_status(error.status_code)
        case _:
            return None


def problem_of_status(status: int) -> Problem:
    """Return the problem of a response of which only the status is known."""
    if status in STATUS_CODES:
        return Problem(status, *STATUS_CODES[status])
    known = HTTPStatus(status)
    return Problem(status, known.name.lower(), f"{known.phrase}.")


def error_response(error: Exception, request: Request) -> Response:
    """Return the response to a request that ended in an error; log internal errors."""
    request_id = request.scope[REQUEST_ID]
    problem = problem_of(error)
    if problem is None:
        LOG.error("Request %s failed", request_id, exc_info=error)
        problem = INTERNAL
    if (context := current_request()) is not None:
        context.code = problem.code
    return problem.response(request_id)


def codes() -> list[tuple[int, str]]:
    """Return the status and code of all error responses, sorted."""
    own = {(kind.status, kind.code) for kind in _subtree(AttuneError)}
    return sorted({*own, _DISCONNECTED, *((n, code) for n, (code, _) in STATUS_CODES.items())})


def _subtree(kind: type[AttuneError]) -> Iterator[type[AttuneError]]:
    yield kind
    for subclass in kind.__subclasses__():
        yield from _subtree(subclass)


INTERNAL = problem_of_status(500)
