"""Slots: how many requests one worker has in progress, and how many of them for one key."""

from collections import Counter
from math import ceil
from typing import Self

from service.errors import OverloadedError

SHARE = 0.75
"""Of what a worker has for all requests, for one key."""
AGAIN_S = 1
"""Seconds after which a client that was refused may try again."""


class Slots:
    """Counts requests in one worker, of each key and of all; for its event loop alone.

    Args:
        limit: How many requests there may be, of all keys together.
        share: Of the slots, for one key, so that it cannot keep others out. Requests without a key
            count as those of one key.
    """

    def __init__(self, limit: int, share: float = SHARE) -> None:
        self._limit = limit
        self._share = ceil(limit * share)
        self._held: Counter[str] = Counter()
        self._n_held = 0

    def require_free(self, key_id: str) -> None:
        """Make sure that there is a slot.

        Args:
            key_id: The key of the request; empty if it has none.

        Raises:
            OverloadedError: There is none, or none for this key.
        """
        if self._n_held >= self._limit:
            raise OverloadedError(self._limit, AGAIN_S)
        if self._held[key_id] >= self._share:
            raise OverloadedError(self._share, AGAIN_S, of_one=True)

    def take(self, key_id: str) -> None:
        """Hold a slot.

        Raises:
            OverloadedError: As `require_free`.
        """
        self.require_free(key_id)
        self._n_held += 1
        self._held[key_id] += 1

    def give(self, key_id: str) -> None:
        """Let go of it."""
        self._n_held -= 1
        self._held[key_id] -= 1
        if not self._held[key_id]:
            del self._held[key_id]


class Slot:
    """The slot of one request, for as long as the block lasts.

    It is held until the work has ended, even of a request that was given up: its thread is busy
    until then.

    Args:
        slots: Where it is taken at first.
        key_id: The key of the request; empty if it has none.
    """

    def __init__(self, slots: Slots, key_id: str) -> None:
        self._slots = slots
        self._key_id = key_id

    def __enter__(self) -> Self:
        """Hold it.

        Raises:
            OverloadedError: There is none.
        """
        self._slots.take(self._key_id)
        return self

    def move(self, to: Slots) -> None:
        """Take a slot of others and give this one back.

        Raises:
            OverloadedError: There is none; this one is still held.
        """
        to.take(self._key_id)
        self._slots.give(self._key_id)
        self._slots = to

    def __exit__(self, *_: object) -> None:
        """Let go of it."""
        self._slots.give(self._key_id)
