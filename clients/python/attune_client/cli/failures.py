"""Errors, as sentences for the one who typed the command."""

import httpx

from attune_client.cli.words import plain
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
    """Return what went wrong, and what to do where that is known."""
    if isinstance(error, ProblemError):
        return _refused(error)
    if isinstance(error, TransportError):
        return _unanswered(error)
    if isinstance(error, UnexpectedReplyError):
        return f"What answers there is no Attune service, or not of this time: {error}"
    if isinstance(error, OSError) and error.strerror:
        named = f"{plain(str(error.filename))}: " if error.filename is not None else ""
        return f"{named}{error.strerror}."
    return plain(str(error)) or type(error).__name__


def stops_all(error: Exception) -> bool:
    """Whether every further call would fail likewise."""
    requires_keys = isinstance(error, Unauthorized | Forbidden)
    is_down = isinstance(error, TransportError | UnexpectedReplyError)
    is_full = isinstance(error, ProblemError) and error.status in _PASSING
    return requires_keys or is_down or is_full


_PASSING = frozenset({429, 502, 503, 504, 507})
"""Statuses that speak of the service, not of the request."""


def _refused(error: ProblemError) -> str:
    said = plain(error.detail) or f"The service answered {error.status} {error.code}."
    faults = [f"  {plain(each.field)}: {plain(each.message)}" for each in error.errors]
    lines = [said, *(fault for fault in faults if fault.strip() not in said)]
    if isinstance(error, Unauthorized):
        lines.append("Keys are given by the environment variable ATTUNE_KEY, or by --key.")
    if isinstance(error, ServerError):
        lines.append(f"The service's log has more, under request {error.request_id}.")
    return "\n".join(lines)


def _unanswered(error: AttuneError) -> str:
    cause = error.__cause__
    if not isinstance(cause, httpx.RequestError):
        return str(error)
    url = cause.request.url
    place = f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout):
        where = "--url or ATTUNE_URL say where it is"
        return f"No Attune service answers at {place} ({cause}); {where}."
    if isinstance(cause, httpx.TimeoutException):
        return f"The service at {place} did not answer in time."
    return f"The connection to {place} broke: {cause}."
