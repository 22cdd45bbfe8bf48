"""Errors on the wire: one shape for all, and the errors of requests that cannot be understood.

::

    RequestError                    a request that cannot be understood
    ├── HeadersTooLargeError
    ├── BodyTooLargeError
    ├── BodyTooSlowError
    ├── UnsupportedMediaTypeError
    ├── MalformedBodyError
    │   ├── MalformedJsonError
    │   └── MalformedFormError
    └── InvalidRequestError         understood, and against the rules; names each field
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from models.errors import AttuneError
from service import errors as _refusals  # noqa: F401  # `codes` reads whichever are imported

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = {HTTPStatus.TOO_MANY_REQUESTS: 1, HTTPStatus.SERVICE_UNAVAILABLE: 5}


class RequestError(AttuneError):
    """A request that cannot be understood; the message is fit for a user."""


class BodyTooLargeError(RequestError):
    """The body is larger than what is read."""

    status, code = 413, "body_too_large"


class BodyTooSlowError(RequestError):
    """The body did not arrive in the time that the call has."""

    status, code = 408, "body_too_slow"


class HeadersTooLargeError(RequestError):
    """The path and the headers are longer than what is read."""

    status, code = 431, "headers_too_large"


class DoubledHeaderError(RequestError):
    """A header that may come once comes twice."""

    status, code = 400, "doubled_header"

    def __init__(self, name: str) -> None:
        super().__init__(f"The header {name} comes more than once; once is enough.")


class UnsupportedMediaTypeError(RequestError):
    """The body is of a kind that the call does not take."""

    status, code = 415, "unsupported_media_type"


class MalformedBodyError(RequestError):
    """The body is not what its media type says."""


class MalformedJsonError(MalformedBodyError):
    """The body is not a JSON object."""

    status, code = 400, "malformed_json"


class MalformedFormError(MalformedBodyError):
    """The body is not a form."""

    status, code = 400, "malformed_form"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; ``field`` is a path such as ``labels[3].valence``."""

    field: str
    message: str


class InvalidRequestError(RequestError):
    """The request is understood and against the rules."""

    status, code = 422, "invalid_request"

    def __init__(self, errors: Sequence[FieldError], *, n_errors: int = 0) -> None:
        """Take the errors that are listed, and how many there are, listed or not."""
        n_more = max(n_errors, len(errors)) - 1
        more = f" And {n_more} more." if n_more else ""
        super().__init__(f"{errors[0].message}{more}")
        self.errors = tuple(errors)

    @property
    def extensions(self) -> Mapping[str, object]:
        """The field errors, as the member ``errors``."""
        return {"errors": [asdict(error) for error in self.errors]}


_DISCONNECTED = (HTTPStatus.BAD_REQUEST.value, "client_disconnected")
"""Status and code of Starlette's `ClientDisconnect`, which cannot carry its own."""

STATUS_CODES: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The request cannot be understood."),
    404: ("not_found", "There is nothing at this path."),
    405: ("method_not_allowed", "This path does not take this method."),
    429: ("too_many_requests", "Too many requests are in progress; try again in a moment."),
    500: ("internal", "Something went wrong here; the log tells more under the request id."),
    503: ("unavailable", "The service cannot answer now; try again in a moment."),
    504: ("timeout", "The answer took too long and was given up."),
}
"""Code and sentence of answers that come without an error of ours, by status."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it goes over the wire (RFC 9457), with a stable ``code`` to branch on."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, object] = field(default_factory=dict)

    def response(self, request_id: str) -> Response:
        """Return the answer that carries the problem."""
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
        content = json.dumps(body)  # ASCII: a lone surrogate that was sent to us can be sent back
        return Response(content, self.status, headers, MEDIA_TYPE)


def problem_of(error: Exception) -> Problem | None:
    """Return the problem that an error stands for, or None when it is a fault of ours."""
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
    """Return the problem of an answer of which only the status is known."""
    if status in STATUS_CODES:
        return Problem(status, *STATUS_CODES[status])
    known = HTTPStatus(status)
    return Problem(status, known.name.lower(), f"{known.phrase}.")


def codes() -> list[tuple[int, str]]:
    """Return status and code of all answers that are errors, each once, in order."""
    own = {(kind.status, kind.code) for kind in _kinds(AttuneError)}
    return sorted({*own, _DISCONNECTED, *((n, code) for n, (code, _) in STATUS_CODES.items())})


def _kinds(kind: type[AttuneError]) -> Iterator[type[AttuneError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)


INTERNAL = problem_of_status(500)
