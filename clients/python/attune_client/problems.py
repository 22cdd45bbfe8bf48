"""Replies that are no success, as errors."""

import httpx

from attune_client.decoding import DecodeError, decode, parse
from attune_client.errors import (
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    Problem,
    ProblemError,
    RateLimited,
    Refused,
    ServerError,
    Unauthorized,
    Unavailable,
)
from attune_client.retry import retry_after_s

BY_STATUS: dict[int, type[ProblemError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    429: RateLimited,
    503: Unavailable,
}
BY_HUNDRED: dict[int, type[ProblemError]] = {4: Refused, 5: ServerError}


def problem_error(response: httpx.Response, request_id: str) -> ProblemError:
    """Return the error that a response stands for; a redirect is a bare ``ProblemError``."""
    status = response.status_code
    by_hundred = BY_HUNDRED.get(status // 100, ProblemError)
    return BY_STATUS.get(status, by_hundred)(
        status,
        _problem(response),
        request_id=request_id,
        retry_after_s=retry_after_s(response.headers),
    )


def _problem(response: httpx.Response) -> Problem:
    try:
        return decode(Problem, parse(response.content))
    except DecodeError:  # not the service but a proxy before it: HTML, plain text, nothing
        code = f"http_{response.status_code}"
        return Problem(code, response.text[:200].strip() or response.reason_phrase)
