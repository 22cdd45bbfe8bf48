"""What a call can raise, drawn as a tree: catch the level you can answer.

    AttuneError
    ├── TransportError         nobody answered: refused, reset, timed out
    ├── UnexpectedReplyError   somebody answered, but not as an Attune service does
    └── ProblemError           the service said no: status, code, detail, errors, request_id
        ├── Unauthorized       401: no key, or one that the service does not know (any more)
        ├── Forbidden          403: the key is not for such calls
        ├── NotFound           404
        ├── Conflict           409
        ├── Gone               410: the listener was forgotten
        ├── RateLimited        429, with retry_after_s where the service named it
        ├── Refused            any other 4xx: the request itself is at fault
        └── ServerError        5xx
            └── Unavailable    503: busy or restarting, with retry_after_s likewise

An argument that cannot be sent at all (a path to no file, NaN, an empty id) raises Python's own
``OSError`` or ``ValueError`` before anything leaves this machine.
"""
# ruff: noqa: N818  (`except NotFound` says it all; the tree says that it is an error)

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """The service's own account of an error: a stable ``code`` and a sentence, ``detail``."""

    code: str
    detail: str = ""
    request_id: str | None = None
    errors: tuple[FieldError, ...] = ()


class AttuneError(Exception):
    """A call that did not succeed.

    Attributes:
        request_id: What the call was sent under; the service's log has the same.
    """

    def __init__(self, message: str, *, request_id: str) -> None:
        super().__init__(message)
        self.request_id = request_id


class TransportError(AttuneError):
    """No reply came, after every attempt that the retry policy allows."""


class UnexpectedReplyError(AttuneError):
    """A reply came that the contract does not know."""


class ProblemError(AttuneError):
    """The service answered with an error.

    Attributes:
        status: The HTTP status.
        code: Stable and meant for programs, such as ``track_not_found``.
        detail: A sentence for people, naming the value and the bound.
        errors: One entry for each field at fault; may be empty.
        retry_after_s: How long the service asked to be left alone, in seconds, if it did.
    """

    def __init__(
        self, status: int, problem: Problem, *, request_id: str, retry_after_s: float | None = None
    ) -> None:
        self.status = status
        self.code = problem.code
        self.detail = problem.detail
        self.errors = problem.errors
        self.retry_after_s = retry_after_s
        known_as = problem.request_id or request_id
        message = f"{status} {problem.code}: {problem.detail} (request {known_as})"
        super().__init__(message, request_id=known_as)


class Unauthorized(ProblemError):
    """401: the service wants a key, or does not take this one."""


class Forbidden(ProblemError):
    """403: the key lacks a scope, or there are no keys and this machine is not the service's."""


class NotFound(ProblemError):
    """404: there is no such track or user."""


class Conflict(ProblemError):
    """409: it contradicts what the service holds; an event id, say, with another answer."""


class Gone(ProblemError):
    """410: the listener was forgotten; nothing is recorded until somebody readmits them."""


class RateLimited(ProblemError):
    """429: too many requests, and still too many after every attempt."""


class Refused(ProblemError):
    """Another 4xx: the request breaks a rule that ``detail`` names."""


class ServerError(ProblemError):
    """5xx: the service failed."""


class Unavailable(ServerError):
    """503: the service cannot answer now, and still could not after every attempt."""
