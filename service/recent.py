"""What was used last, kept in memory."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, Literal, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Found = Literal["memory", "database", "log"]
"""Where a personal model came from: kept in the process, kept in the database, made anew."""


class Recent(Generic[Key, Value]):
    """Keeps the entries used last and lets go of the rest; several threads may use it.

    Args:
        capacity: How many entries are kept; at least 1.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[Key, Value] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Value | None:
        """Return the value kept under a key, which counts as using it."""
        with self._lock:
            value = self._entries.get(key)
            if value is not None:
                self._entries.move_to_end(key)
            return value

    def put(self, key: Key, value: Value) -> None:
        """Keep a value, and let the one go that was not used for longest if there are too many."""
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            if len(self._entries) > self._capacity:
                self._entries.popitem(last=False)

    def held(self) -> list[Key]:
        """Return the keys under which something is kept now."""
        with self._lock:
            return list(self._entries)

    def drop(self, doomed: Callable[[Key], bool]) -> None:
        """Let go of every entry whose key is doomed."""
        with self._lock:
            for key in [key for key in self._entries if doomed(key)]:
                del self._entries[key]
