"""Slots: bounds on the requests that one worker has in progress, in total and for each key."""

from collections import Counter
from math import ceil
from typing import Self

from service.errors import OverloadedError

KEY_SHARE = 0.75
"""Share of a worker's slots, or threads, that one key can hold."""
_RETRY_AFTER_S = 1


class Slots:
    """Counts the requests of one worker, in total and by key; use it on the event loop only.

    Args:
        limit: Number of slots.
        share: Share of the slots that one key can hold, so that it cannot exclude others.
            Requests without a key count as those of one key.
    """

    def __init__(self, limit: int, share: float = KEY_SHARE) -> None:
        self._limit = limit
        self._share = ceil(limit * share)
        self._held: Counter[str] = Counter()
        self._n_held = 0

    def require_free(self, key_id: str) -> None:
        """Check that a slot is free.

        Args:
            key_id: Id of the request's key; empty without one.

        Raises:
            OverloadedError: No slot is free, or none for this key.
        """
        if self._n_held >= self._limit:
            raise OverloadedError(self._limit, _RETRY_AFTER_S)
        if self._held[key_id] >= self._share:
            raise OverloadedError(self._share, _RETRY_AFTER_S, of_one=True)

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
