"""A hash table from 64-bit keys to rows, which many processes map and one writes.

Open addressing with linear probing (Knuth 1998, vol. 3, 6.4). A slot holds a row number plus one,
or 0. It is written once and atomically, and never emptied. Readers ignore slots of rows that they
do not know.
"""

import hashlib
from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector

Slots = NDArray[np.uint32]
Keys = NDArray[np.uint64]
_KEY_BYTES = 8
_ROOMY = 2
LEAST = 1 << 10


def keys_of(track_ids: Collection[str]) -> Keys:
    """Return a key for each id ``(n,)``; two ids may rarely share one."""
    blake2b = hashlib.blake2b
    digests = [blake2b(i.encode(), digest_size=_KEY_BYTES).digest() for i in track_ids]
    return np.frombuffer(b"".join(digests), "<u8")


def room_for(n_rows: int) -> int:
    """Return a number of slots that suffices for twice as many rows."""
    return max(LEAST, 1 << (2 * _ROOMY * n_rows - 1).bit_length())


def is_full(n_slots: int, n_rows: int) -> bool:
    """Whether there are too many rows for the slots."""
    return _ROOMY * n_rows > n_slots


def insert(slots: Slots, keys: Keys, first: int) -> None:
    """Insert consecutive rows.

    Args:
        slots: Changed in place; its length is a power of two ``(n_slots,)``.
        keys: Keys of the rows ``(n,)``.
        first: Number of the first row.
    """
    mask = np.uint64(len(slots) - 1)
    at = keys & mask
    entries = np.arange(first + 1, first + 1 + len(keys), dtype=np.uint32)
    while len(entries):
        is_free = slots[at] == 0
        slots[at[is_free]] = entries[is_free]  # of several entries for one slot the last one wins
        is_left = slots[at] != entries
        at, entries = (at[is_left] + np.uint64(1)) & mask, entries[is_left]


def look_up(
    slots: Slots, keys: Keys, is_it: Callable[[IntVector, IntVector], NDArray[np.bool_]]
) -> IntVector:
    """Return for each key the highest matching row, -1 without one.

    Args:
        slots: Its length is a power of two ``(n_slots,)``.
        keys: Keys to look up ``(n,)``.
        is_it: Whether rows (second argument) match the ids at places of ``keys`` (first argument);
            ids may share a key.
    """
    found = np.full(len(keys), -1, np.int64)
    mask = np.uint64(len(slots) - 1)
    at, wanted = keys & mask, np.arange(len(keys))
    while len(wanted):
        rows = slots[at].astype(np.int64) - 1
        is_used = rows >= 0
        at, wanted, rows = at[is_used], wanted[is_used], rows[is_used]
        is_hit = is_it(wanted, rows)
        found[wanted[is_hit]] = np.maximum(found[wanted[is_hit]], rows[is_hit])
        at = (at + np.uint64(1)) & mask
    return found
