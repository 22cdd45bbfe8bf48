"""Bounds on the requests that one worker has in progress, in total, by cost and for each key."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from math import ceil
from typing import Self

from anyio import CapacityLimiter

from service.errors import OverloadedError

KEY_SHARE = 0.75
"""Share of a worker's slots, or threads, that one key can hold."""
WAITING_PER_THREAD = 8
"""Calls with audio that may wait for each thread that reads audio."""
_RETRY_AFTER_S = 1
_LONGEST_RETRY_S = 60
_NEWEST_SHARE = 0.2
"""Weight of the newest recording in the mean time of recordings."""


class Cost(StrEnum):
    """Cost of a call; ``ATTUNE_QUICK_TIMEOUT_S`` limits only ``QUICK`` calls."""

    QUICK = "quick"
    AUDIO = "audio"
    BULK = "bulk"
    """Many items, or lyrics."""


class Slots:
    """Counts the requests of one worker, in total and by key; use it on the event loop only.

    Args:
        limit: Number of slots; it may change.
        share: Share of the slots that one key can hold, so that it cannot exclude others.
            Requests without a key count as those of one key.
        what: What is counted, for messages.
        retry_after_s: Returns the seconds after which a retry may find a slot.
    """

    def __init__(
        self,
        limit: int,
        share: float = KEY_SHARE,
        *,
        what: str = "requests",
        retry_after_s: Callable[[], int] = lambda: _RETRY_AFTER_S,
    ) -> None:
        self.limit = limit
        self._share = share
        self._what = what
        self._retry_after_s = retry_after_s
        self._held: Counter[str] = Counter()
        self._n_held = 0

    def require_free(self, key_id: str) -> None:
        """Check that a slot is free.

        Args:
            key_id: Id of the request's key; empty without one.

        Raises:
            OverloadedError: No slot is free, or none for this key.
        """
        if self._n_held >= self.limit:
            raise OverloadedError(self.limit, self._retry_after_s(), self._what)
        share = ceil(self.limit * self._share)
        if self._held[key_id] >= share:
            whose = f"{self._what} of this caller"
            raise OverloadedError(share, self._retry_after_s(), whose)

    def acquire(self, key_id: str) -> None:
        """Take a slot.

        Raises:
            OverloadedError: No slot is free, or none for this key.
        """
        self.require_free(key_id)
        self._n_held += 1
        self._held[key_id] += 1

    def release(self, key_id: str) -> None:
        """Return a slot."""
        self._n_held -= 1
        self._held[key_id] -= 1
        if not self._held[key_id]:
            del self._held[key_id]


class Slot:
    """Context manager: the slot of one request.

    The request holds it until its work has ended, even after a timeout, because its thread is busy
    until then.

    Args:
        slots: The slots to take it from first.
        key_id: Id of the request's key; empty without one.
    """

    def __init__(self, slots: Slots, key_id: str) -> None:
        self._slots = slots
        self._key_id = key_id

    def __enter__(self) -> Self:
        """Take the slot.

        Raises:
            OverloadedError: No slot is free.
        """
        self._slots.acquire(self._key_id)
        return self

    def move(self, to: Slots) -> None:
        """Take a slot of *to* and return the present one.

        Raises:
            OverloadedError: No slot is free; the request keeps the present one.
        """
        to.acquire(self._key_id)
        self._slots.release(self._key_id)
        self._slots = to

    def __exit__(self, *_: object) -> None:
        """Return the slot."""
        self._slots.release(self._key_id)


class AudioQueue:
    """The calls with audio of one worker: some are read, some wait; use it on the event loop only.

    No more wait than can be answered in time, if recordings go on to take as long as the newest.

    Args:
        n_threads: Number of threads of the worker. Two of them, but not the only one, are left to
            other calls: one to quick calls, one to batches, imports and lyrics.
        limit_s: Time limit of a call, in seconds.
        clock: Returns seconds.
    """

    def __init__(
        self, n_threads: int, limit_s: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.n_reading = max(1, n_threads - 2)
        self._limit_s = limit_s
        self._clock = clock
        self._reading = CapacityLimiter(self.n_reading)
        self._most = self.n_reading * (1 + WAITING_PER_THREAD)
        self._slots = Slots(
            self._most,
            what="requests with audio",
            retry_after_s=self._retry_after_s,
        )
        self._mean_s = 0.0

    def require_free(self, key_id: str) -> None:
        """Check that one more call may wait.

        Raises:
            OverloadedError: Too many calls wait, or too many of this key.
        """
        self._slots.require_free(key_id)

    @asynccontextmanager
    async def turn(self, key_id: str) -> AsyncIterator[None]:
        """Wait until an earlier call has ended, and hold its place during the block.

        Raises:
            OverloadedError: Too many calls wait, or too many of this key.
        """
        with Slot(self._slots, key_id):
            async with self._reading:
                began_s = self._clock()
                try:
                    yield
                except BaseException:  # it would have taken longer
                    self._learn(max(self._clock() - began_s, self._mean_s))
                    raise
                self._learn(self._clock() - began_s)

    def _learn(self, took_s: float) -> None:
        """Learn how long a recording took, and set how many calls can be answered in time."""
        share = _NEWEST_SHARE if self._mean_s else 1.0
        self._mean_s += share * (took_s - self._mean_s)
        if self._mean_s:
            in_time = int(self.n_reading * self._limit_s / self._mean_s)
            self._slots.limit = min(max(in_time, self.n_reading), self._most)

    def _retry_after_s(self) -> int:
        """Return when a place is expected to be free: one of those that read has ended."""
        return max(_RETRY_AFTER_S, min(ceil(self._mean_s / self.n_reading), _LONGEST_RETRY_S))
