"""One call until it is answered: what each attempt sends, and what each outcome means.

Nothing here touches the network or sleeps, so that both clients share all of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import uuid4

import httpx

from attune_client.call import Call
from attune_client.decoding import DecodeError
from attune_client.errors import (
    AttuneError,
    ProblemError,
    TransportError,
    UnexpectedReplyError,
)
from attune_client.problems import problem_error
from attune_client.retry import ONCE, REPEATABLE_STATUSES, RetryPolicy

T = TypeVar("T")
Outcome = httpx.Response | httpx.RequestError

NDJSON = "application/x-ndjson"
LOST_ON_THE_WAY = (httpx.NetworkError, httpx.TimeoutException, httpx.RemoteProtocolError)
SHORTEST_TIMEOUT_S = 0.001  # zero would mean "do not wait at all" even for a ready reply


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait this long, then attempt again."""

    seconds: float


class Exchange(Generic[T]):
    """The attempts at one call, all under one request id and one deadline."""

    def __init__(self, call: Call[T], policy: RetryPolicy) -> None:
        self._call = call
        self._policy = policy
        self._attempts_left = policy.attempts if call.repeatable else ONCE.attempts
        self._attempts_made = 0
        self._deadline = policy.clock() + policy.deadline_s
        self._request_id = uuid4().hex

    @contextmanager
    def request(self, http: httpx.Client | httpx.AsyncClient) -> Iterator[httpx.Request]:
        """Provide the request of one attempt, its files open."""
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

    def judge(self, outcome: Outcome) -> T | Pause:
        """Return the reply, or the pause before the next attempt.

        Raises:
            AttuneError: There is no reply and will be none.
        """
        self._attempts_made += 1
        self._attempts_left -= 1
        if isinstance(outcome, httpx.Response) and outcome.is_success:
            return self._reply(outcome)
        error = self._error(outcome)
        pause = self._pause(error) if _is_passing(error) else None
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
            return problem_error(outcome, self._request_id)
        reason = f"{type(outcome).__name__} {outcome}".strip()
        error = TransportError(
            f"{self._name}: no reply after {self._attempts_made} attempt(s): {reason}",
            request_id=self._request_id,
        )
        error.__cause__ = outcome
        return error

    def _pause(self, error: AttuneError) -> Pause | None:
        wished_s = error.retry_after_s if isinstance(error, ProblemError) else None
        wait_s = self._policy.wait_s(self._attempts_made, wished_s)
        is_too_late = self._policy.clock() + wait_s >= self._deadline
        return None if is_too_late or self._attempts_left <= 0 else Pause(wait_s)

    @property
    def _name(self) -> str:
        return f"{self._call.method} {self._call.path}"


def _is_passing(error: AttuneError) -> bool:
    """Whether the same request may fare better in a moment."""
    if isinstance(error, ProblemError):
        return error.status in REPEATABLE_STATUSES
    return isinstance(error.__cause__, LOST_ON_THE_WAY)
