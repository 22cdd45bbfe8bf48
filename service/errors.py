"""Errors on the wire: one shape, and the only place that knows which error has which status.

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from models import errors as domain
from service import refusals

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = {HTTPStatus.TOO_MANY_REQUESTS: 1, HTTPStatus.SERVICE_UNAVAILABLE: 5}


class RequestError(Exception):
    """A request that cannot be understood; the message is fit for a user."""


class BodyTooLargeError(RequestError):
    """The body is larger than what is read."""


class BodyTooSlowError(RequestError):
    """The body did not arrive in the time that the call has."""


class HeadersTooLargeError(RequestError):
    """The path and the headers are longer than what is read."""


class UnsupportedMediaTypeError(RequestError):
    """The body is of a kind that the call does not take."""


class MalformedBodyError(RequestError):
    """The body is not what its media type says."""


class MalformedJsonError(MalformedBodyError):
    """The body is not a JSON object."""


class MalformedFormError(MalformedBodyError):
    """The body is not a form."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; ``field`` is a path such as ``labels[3].valence``."""

    field: str
    message: str


class InvalidRequestError(RequestError):
    """The request is understood and against the rules."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        more = f" And {len(errors) - 1} more." if len(errors) > 1 else ""
        super().__init__(f"{errors[0].message}{more}")
        self.errors = tuple(errors)


CODES: Mapping[type[Exception], tuple[HTTPStatus, str]] = {
    MalformedJsonError: (HTTPStatus.BAD_REQUEST, "malformed_json"),
    MalformedFormError: (HTTPStatus.BAD_REQUEST, "malformed_form"),
    BodyTooLargeError: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large"),
    BodyTooSlowError: (HTTPStatus.REQUEST_TIMEOUT, "body_too_slow"),
    HeadersTooLargeError: (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large"),
    UnsupportedMediaTypeError: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
    InvalidRequestError: (HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request"),
    ClientDisconnect: (HTTPStatus.BAD_REQUEST, "client_disconnected"),
    domain.UndecodableAudioError: (HTTPStatus.UNPROCESSABLE_ENTITY, "undecodable_audio"),
    domain.TooShortAudioError: (HTTPStatus.UNPROCESSABLE_ENTITY, "audio_too_short"),
    domain.TooLongAudioError: (HTTPStatus.UNPROCESSABLE_ENTITY, "audio_too_long"),
    domain.SilentAudioError: (HTTPStatus.UNPROCESSABLE_ENTITY, "silent_audio"),
    domain.UnreadInputError: (HTTPStatus.UNPROCESSABLE_ENTITY, "input_not_read"),
    domain.EmbeddingSizeError: (HTTPStatus.UNPROCESSABLE_ENTITY, "embedding_size"),
    domain.NoEvidenceError: (HTTPStatus.UNPROCESSABLE_ENTITY, "no_evidence"),
    domain.EmptyPoolError: (HTTPStatus.CONFLICT, "empty_pool"),
    domain.NoPlacementError: (HTTPStatus.UNPROCESSABLE_ENTITY, "needs_gaussian"),
    domain.UnknownStrategyError: (HTTPStatus.UNPROCESSABLE_ENTITY, "unknown_strategy"),
    domain.UnknownFusionError: (HTTPStatus.UNPROCESSABLE_ENTITY, "unknown_fusion"),
    domain.MissingModalityError: (HTTPStatus.UNPROCESSABLE_ENTITY, "missing_modality"),
    domain.SnapshotError: (HTTPStatus.CONFLICT, "snapshot_unusable"),
    domain.InvalidLabelError: (HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_label"),
    refusals.TrackNotFoundError: (HTTPStatus.NOT_FOUND, "track_not_found"),
    refusals.UserNotFoundError: (HTTPStatus.NOT_FOUND, "user_not_found"),
    refusals.AudioNotKeptError: (HTTPStatus.NOT_FOUND, "audio_not_kept"),
    refusals.PageNotFoundError: (HTTPStatus.NOT_FOUND, "page_not_found"),
    refusals.EventConflictError: (HTTPStatus.CONFLICT, "event_conflict"),
    refusals.CallConflictError: (HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
    refusals.TrackLabelledError: (HTTPStatus.CONFLICT, "track_labelled"),
    refusals.ForeignFeaturesError: (HTTPStatus.CONFLICT, "foreign_features"),
    refusals.RankingUnavailableError: (HTTPStatus.CONFLICT, "ranking_unavailable"),
    refusals.UserForgottenError: (HTTPStatus.GONE, "user_forgotten"),
    refusals.KeyNeededError: (HTTPStatus.UNAUTHORIZED, "key_needed"),
    refusals.KeyMalformedError: (HTTPStatus.UNAUTHORIZED, "key_malformed"),
    refusals.KeyUnknownError: (HTTPStatus.UNAUTHORIZED, "key_unknown"),
    refusals.KeyRevokedError: (HTTPStatus.UNAUTHORIZED, "key_revoked"),
    refusals.TicketUnusableError: (HTTPStatus.UNAUTHORIZED, "ticket_unusable"),
    refusals.ScopeMissingError: (HTTPStatus.FORBIDDEN, "scope_missing"),
    refusals.KeyOfAnotherUserError: (HTTPStatus.FORBIDDEN, "key_of_another_user"),
    refusals.LoopbackOnlyError: (HTTPStatus.FORBIDDEN, "loopback_only"),
    refusals.CrossOriginError: (HTTPStatus.FORBIDDEN, "cross_origin"),
    refusals.RateExceededError: (HTTPStatus.TOO_MANY_REQUESTS, "rate_exceeded"),
    refusals.OverloadedError: (HTTPStatus.SERVICE_UNAVAILABLE, "overloaded"),
    refusals.InvalidCursorError: (HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_cursor"),
    refusals.StoreUnavailableError: (HTTPStatus.SERVICE_UNAVAILABLE, "store_unavailable"),
    refusals.AudioStoreError: (HTTPStatus.INSUFFICIENT_STORAGE, "audio_store_unavailable"),
    refusals.NotReadyError: (HTTPStatus.SERVICE_UNAVAILABLE, "not_ready"),
}
"""Status and code of every error that a client can answer; the others are faults of ours."""

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
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)

    def response(self, request_id: str) -> Response:
        """Return the answer that carries the problem."""
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.errors:
            named = [{"field": error.field, "message": error.message} for error in self.errors]
            body |= {"errors": named}
        if self.checks:
            body |= {"checks": dict(self.checks)}
        headers = dict(self.headers)
        if (seconds := RETRY_AFTER_S.get(HTTPStatus(self.status))) is not None:
            headers.setdefault("Retry-After", str(seconds))
        content = json.dumps(body)  # ASCII: a lone surrogate that was sent to us can be sent back
        return Response(content, self.status, headers, MEDIA_TYPE)


def problem_of(error: Exception) -> Problem | None:
    """Return the problem that an error stands for, or None when it is a fault of ours."""
    for kind in type(error).__mro__:
        if kind in CODES:
            status, code = CODES[kind]
            fields = error.errors if isinstance(error, InvalidRequestError) else ()
            checks = error.checks if isinstance(error, refusals.NotReadyError) else {}
            return Problem(status, code, str(error), fields, _headers(error), checks)
    if isinstance(error, HTTPException):
        return problem_of_status(error.status_code)
    return None


def _headers(error: Exception) -> dict[str, str]:
    """Return what an answer says in its headers: how to be let in, or when."""
    if isinstance(error, refusals.BusyError):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, refusals.KeyNeededError):
        return {"WWW-Authenticate": 'Bearer realm="attune"'}
    if isinstance(error, refusals.UnauthorizedError):
        return {"WWW-Authenticate": 'Bearer realm="attune", error="invalid_token"'}
    if isinstance(error, refusals.ScopeMissingError | refusals.KeyOfAnotherUserError):
        return {"WWW-Authenticate": 'Bearer realm="attune", error="insufficient_scope"'}
    return {}


def problem_of_status(status: int) -> Problem:
    """Return the problem of an answer of which only the status is known."""
    if status in STATUS_CODES:
        return Problem(status, *STATUS_CODES[status])
    known = HTTPStatus(status)
    return Problem(status, known.name.lower(), f"{known.phrase}.")


INTERNAL = problem_of_status(500)
