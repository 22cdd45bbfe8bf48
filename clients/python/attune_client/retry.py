"""How often a call is repeated, and how long it waits in between."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import httpx

REPEATABLE_STATUSES = frozenset({429, 502, 503, 504})
"""Busy, restarting, or a proxy that lost its service: worth asking again."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a call that failed is sent again: exponential backoff, full jitter, two bounds.

    Attributes:
        attempts: How often a call is sent at most; 1 means never again.
        timeout_s: How long one attempt waits for the network at a time.
        deadline_s: How long a call may take with all its attempts and waits; no wait that
            would end later is begun, and an attempt near it gets what time is left.
        first_wait_s: Upper bound of the first wait; it doubles each time.
        longest_wait_s: Where the doubling ends. ``Retry-After`` may ask for more.
        rng: Draws the waits; the system's, so that forked workers do not wait in step.
        clock: Seconds that only ever go forward.
    """

    attempts: int = 4
    timeout_s: float = 10.0
    deadline_s: float = 30.0
    first_wait_s: float = 0.2
    longest_wait_s: float = 5.0
    rng: random.Random = field(default_factory=random.SystemRandom)
    clock: Callable[[], float] = time.monotonic

    def wait_s(self, attempts_made: int, retry_after_s: float | None) -> float:
        """Return the wait before the next attempt, in seconds.

        The service's own wish comes first and the jitter on top, so that all whom it sent
        away do not come back at once.
        """
        bound_s = min(self.longest_wait_s, self.first_wait_s * 2.0 ** (attempts_made - 1))
        return (retry_after_s or 0.0) + self.rng.uniform(0.0, bound_s)


PATIENT = RetryPolicy()
"""Four attempts within half a minute."""

ONCE = RetryPolicy(attempts=1)
"""No second attempt."""


def retry_after_s(headers: httpx.Headers) -> float | None:
    """Return the seconds that ``Retry-After`` names, if it is there and makes sense.

    A date is counted from the reply's own ``Date``: this machine's clock may be wrong.

    >>> retry_after_s(httpx.Headers({"Retry-After": "3"}))
    3.0
    """
    value = headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        pause = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):  # no date, or one with a time zone and one without
        return None
    return max(0.0, pause.total_seconds())
