"""The exceptions of calls, as a tree: catch the level that you can handle.

    AttuneError
    ├── TransportError         no reply: connection refused, reset or timed out
    ├── UnexpectedReplyError   a reply that no Attune service sends
    └── ProblemError           an error reply: status, code, detail, errors, request_id
        ├── Unauthorized       401: the key is missing, unknown or revoked
        ├── Forbidden          403: the key lacks the scope of the call
        ├── NotFound           404
        ├── Conflict           409
        ├── Gone               410: the listener was forgotten
        ├── RateLimited        429, with retry_after_s if the service sent it
        ├── Refused            any other 4xx: the request is invalid
        └── ServerError        5xx
            └── Unavailable    503: busy or restarting, with retry_after_s if sent

An argument that cannot be sent (a missing file, NaN, an empty id, a file in text mode) raises
``OSError``, ``ValueError`` or ``TypeError``, and no request is sent.
"""
# ruff: noqa: N818  (the names are public, and `except NotFound` reads well)

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """The error of one field of a request."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """The body of an error reply: a stable ``code`` and a sentence, ``detail``."""

    code: str
    detail: str = ""
    request_id: str | None = None
    errors: tuple[FieldError, ...] = ()


class AttuneError(Exception):
    """A call failed.

    Attributes:
        request_id: The id of the call, also in the service's log.
    """

    def __init__(self, message: str, *, request_id: str) -> None:
        super().__init__(message)
        self.request_id = request_id


class TransportError(AttuneError):
    """No reply came in any attempt that the retry policy allows."""


class UnexpectedReplyError(AttuneError):
    """A reply came that differs from the contract."""


class ProblemError(AttuneError):
    """The service returned an error.

    Attributes:
        status: The HTTP status.
        code: Stable, for programs, such as ``track_not_found``.
        detail: A sentence for people, with the value and the bound.
        errors: One entry for each invalid field; may be empty.
        retry_after_s: The wait that the service asked for, in seconds, if any.
    """

    def __init__(
        self, status: int, problem: Problem, *, request_id: str, retry_after_s: float | None = None
    ) -> None:
        self.status = status
        self.code = problem.code
        self.detail = problem.detail
        self.errors = problem.errors
        self.retry_after_s = retry_after_s
        logged_id = problem.request_id or request_id
        message = f"{status} {problem.code}: {problem.detail} (request {logged_id})"
        super().__init__(message, request_id=logged_id)


class Unauthorized(ProblemError):
    """401: the key is missing or not accepted."""


class Forbidden(ProblemError):
    """403: the key lacks a scope, or without keys the request is not from localhost."""


class NotFound(ProblemError):
    """404: there is no such track or user."""


class Conflict(ProblemError):
    """409: the request contradicts stored data, such as an event id with another answer."""


class Gone(ProblemError):
    """410: the listener was forgotten; nothing is recorded until ``readmit``."""


class RateLimited(ProblemError):
    """429: too many requests, in every attempt."""


class Refused(ProblemError):
    """Another 4xx: the request is invalid; ``detail`` says why."""


class ServerError(ProblemError):
    """5xx: the service failed."""


class Unavailable(ServerError):
    """503: the service was unavailable in every attempt."""
