"""The attempts at one call: the request of each, and the result of each outcome.

The module neither uses the network nor sleeps, so both clients share it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import uuid4

import httpx

from attune_client.call import Call
from attune_client.decoding import DecodeError, decode, parse
from attune_client.errors import (
    AttuneError,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    Problem,
    ProblemError,
    RateLimited,
    Refused,
    ServerError,
    TransportError,
    Unauthorized,
    Unavailable,
    UnexpectedReplyError,
)
from attune_client.retry import (
    ONCE,
    REPEATABLE_STATUSES,
    UNANSWERED_STATUSES,
    RetryPolicy,
    retry_after_s,
)

T = TypeVar("T")
Outcome = httpx.Response | httpx.RequestError

NDJSON = "application/x-ndjson"
CONNECTION_ERRORS = (httpx.NetworkError, httpx.TimeoutException, httpx.RemoteProtocolError)
SHORTEST_TIMEOUT_S = 0.001  # with zero, httpx would not even read a reply that is there

BY_STATUS: dict[int, type[ProblemError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    429: RateLimited,
    503: Unavailable,
}
BY_CLASS: dict[int, type[ProblemError]] = {4: Refused, 5: ServerError}


@dataclass(frozen=True, slots=True)
class Pause:
    """The wait before the next attempt."""

    seconds: float


class Attempts(Generic[T]):
    """The attempts at one call, with one request id and one deadline."""

    def __init__(self, call: Call[T], policy: RetryPolicy) -> None:
        self._call = call
        self._policy = policy
        self._attempts_left = policy.attempts if call.repeatable else ONCE.attempts
        self._attempts_made = 0
        limit = policy.unanswered_uploads if call.method == "PUT" else None
        self._unanswered_left = limit or policy.attempts
        self._deadline = policy.clock() + policy.deadline_s
        self._request_id = uuid4().hex

    @contextmanager
    def request(self, http: httpx.Client | httpx.AsyncClient) -> Iterator[httpx.Request]:
        """Provide the request of one attempt, with open files."""
        left_s = max(SHORTEST_TIMEOUT_S, self._deadline - self._policy.clock())
        headers = {"X-Request-ID": self._request_id, **self._call.headers}
        if self._call.lines is not None:
            headers["Content-Type"] = NDJSON
        with self._call.parts() as parts:
            yield http.build_request(
                self._call.method,
                self._call.path,
                params=self._call.params or None,
                json=self._call.json,
                files=parts,
                content=self._call.lines,
                headers=headers,
                timeout=min(self._policy.timeout_s, left_s),
            )

    def evaluate(self, outcome: Outcome) -> T | Pause:
        """Return the reply, or the pause before the next attempt.

        Raises:
            AttuneError: The call failed and is not repeated.
        """
        self._attempts_made += 1
        self._attempts_left -= 1
        if isinstance(outcome, httpx.Response) and outcome.is_success:
            return self._reply(outcome)
        error = self._error(outcome)
        self._unanswered_left -= is_unanswered(error)
        pause = self._pause(error) if _is_transient(error) else None
        return pause or self._call.recover(error, self._attempts_made)

    def _reply(self, response: httpx.Response) -> T:
        try:
            return self._call.reply(response)
        except DecodeError as error:
            raise UnexpectedReplyError(
                f"{self._name}: {error} (request {self._request_id})", request_id=self._request_id
            ) from error

    def _error(self, outcome: Outcome) -> AttuneError:
        if isinstance(outcome, httpx.Response):
            return _problem_error(outcome, self._request_id)
        reason = f"{type(outcome).__name__} {outcome}".strip()
        error = TransportError(
            f"{self._name}: no reply after {self._attempts_made} attempt(s): {reason}",
            request_id=self._request_id,
        )
        error.__cause__ = outcome
        return error

    def _pause(self, error: AttuneError) -> Pause | None:
        minimum_s = error.retry_after_s if isinstance(error, ProblemError) else None
        wait_s = self._policy.wait_s(self._attempts_made, minimum_s)
        is_too_late = self._policy.clock() + wait_s >= self._deadline
        is_last = min(self._attempts_left, self._unanswered_left) <= 0
        return None if is_too_late or is_last else Pause(wait_s)

    @property
    def _name(self) -> str:
        return f"{self._call.method} {self._call.path}"


def is_unanswered(error: AttuneError) -> bool:
    """Return whether the service was reached and did not answer; the request may be the cause."""
    if isinstance(error, ProblemError):
        return error.status in UNANSWERED_STATUSES
    is_connected = not isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
    return isinstance(error, TransportError) and is_connected


def _is_transient(error: AttuneError) -> bool:
    """Return whether a repetition may succeed."""
    if isinstance(error, ProblemError):
        return error.status in REPEATABLE_STATUSES
    return isinstance(error.__cause__, CONNECTION_ERRORS)


def _problem_error(response: httpx.Response, request_id: str) -> ProblemError:
    """Return the exception of an error reply; a redirect is a plain ``ProblemError``."""
    status = response.status_code
    by_class = BY_CLASS.get(status // 100, ProblemError)
    return BY_STATUS.get(status, by_class)(
        status,
        _problem(response),
        request_id=request_id,
        retry_after_s=retry_after_s(response.headers),
    )


def _problem(response: httpx.Response) -> Problem:
    try:
        return decode(Problem, parse(response.content))
    except DecodeError:  # a proxy's reply: HTML, plain text or empty
        code = f"http_{response.status_code}"
        return Problem(code, response.text[:200].strip() or response.reason_phrase)
