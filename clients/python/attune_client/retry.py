"""How often a call is repeated, and the waits in between."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import httpx

REPEATABLE_STATUSES = frozenset({429, 502, 503, 504})
"""The service is busy or restarting: a repetition may succeed."""

UNANSWERED_STATUSES = frozenset({408, 502, 504})
"""A request has taken too long, or has ended the process that handled it."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a failed call is repeated: exponential backoff, full jitter, two bounds.

    Attributes:
        attempts: Maximal number of attempts; 1: no repetition.
        timeout_s: Maximal time without network traffic in an attempt, in seconds.
        deadline_s: Maximal time of all attempts and waits, in seconds. The last attempt gets
            the time that is left.
        first_wait_s: Upper bound of the first wait; it doubles each time.
        longest_wait_s: Upper bound of the doubled waits; ``Retry-After`` may be longer.
        rng: Draws the waits; the system's by default, so that forked workers differ.
        clock: A monotonic clock, in seconds.
        unanswered_uploads: Maximal number of attempts to register a track that reach the service
            and get no answer: 408, 502, 504, a timeout, a broken connection. The track may be the
            cause. None: as many as ``attempts``.
    """

    attempts: int = 4
    timeout_s: float = 10.0
    deadline_s: float = 30.0
    first_wait_s: float = 0.2
    longest_wait_s: float = 5.0
    rng: random.Random = field(default_factory=random.SystemRandom)
    clock: Callable[[], float] = time.monotonic
    unanswered_uploads: int | None = None

    def wait_s(self, attempts_made: int, retry_after_s: float | None) -> float:
        """Return the wait before the next attempt, in seconds.

        The jitter is added to ``Retry-After``, so that clients do not return all at once.
        """
        bound_s = min(self.longest_wait_s, self.first_wait_s * 2.0 ** (attempts_made - 1))
        return (retry_after_s or 0.0) + self.rng.uniform(0.0, bound_s)


PATIENT = RetryPolicy()
"""Four attempts within 30 seconds."""

ONCE = RetryPolicy(attempts=1)
"""One attempt."""


def retry_after_s(headers: httpx.Headers) -> float | None:
    """Return the seconds of ``Retry-After``, or None if it is missing or invalid.

    A date is counted from the reply's ``Date``, since the local clock may be wrong.

    >>> retry_after_s(httpx.Headers({"Retry-After": "3"}))
    3.0
    """
    value = headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        pause = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):  # no date, or only one of them has a time zone
        return None
    return max(0.0, pause.total_seconds())
