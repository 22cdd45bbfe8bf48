"""Errors as sentences for the user of the command."""

import httpx

from attune_client.attempts import is_unanswered
from attune_client.cli.formatting import plain
from attune_client.errors import (
    AttuneError,
    Forbidden,
    ProblemError,
    ServerError,
    TransportError,
    Unauthorized,
    UnexpectedReplyError,
)


def sentence(error: Exception) -> str:
    """Return what happened and, if known, what to do."""
    if isinstance(error, ProblemError):
        return _problem_sentence(error)
    if isinstance(error, TransportError):
        return _transport_sentence(error)
    if isinstance(error, UnexpectedReplyError):
        return f"The reply is not from an Attune service, or from another version: {error}"
    if isinstance(error, OSError) and error.strerror:
        named = f"{plain(str(error.filename))}: " if error.filename is not None else ""
        return f"{named}{error.strerror}."
    return plain(str(error)) or type(error).__name__


def stops_all(error: Exception) -> bool:
    """Return whether every further call would fail too."""
    requires_keys = isinstance(error, Unauthorized | Forbidden)
    is_down = isinstance(error, TransportError) and not is_unanswered(error)
    is_full = isinstance(error, ProblemError) and error.status in _SERVICE_STATUSES
    return requires_keys or is_down or is_full or isinstance(error, UnexpectedReplyError)


def is_too_slow(error: Exception) -> bool:
    """Return whether a call took too long."""
    if isinstance(error, ProblemError):
        return error.status in _TOO_SLOW_STATUSES
    return isinstance(error.__cause__, httpx.TimeoutException)


_SERVICE_STATUSES = frozenset({429, 503, 507})
"""Statuses that concern the service, not the request."""
_TOO_SLOW_STATUSES = frozenset({408, 504})


def _problem_sentence(error: ProblemError) -> str:
    detail = plain(error.detail) or f"The service answered {error.status} {error.code}."
    messages = [f"  {plain(each.field)}: {plain(each.message)}" for each in error.errors]
    lines = [detail, *(message for message in messages if message.strip() not in detail)]
    if isinstance(error, Unauthorized):
        lines.append("Set the API key by the environment variable ATTUNE_KEY or by --key.")
    if isinstance(error, ServerError):
        lines.append(f"The service's log has details under request {error.request_id}.")
    return "\n".join(lines)


def _transport_sentence(error: AttuneError) -> str:
    cause = error.__cause__
    if not isinstance(cause, httpx.RequestError):
        return str(error)
    url = cause.request.url
    place = f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout):
        return f"No Attune service answers at {place} ({cause}); set --url or ATTUNE_URL."
    if isinstance(cause, httpx.TimeoutException):
        return f"The service at {place} did not answer in time."
    return f"The connection to {place} broke: {cause}."
