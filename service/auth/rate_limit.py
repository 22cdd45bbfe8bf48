"""Pace: how many requests a second a key may make, counted over all workers of a machine.

By the generic cell rate algorithm: of each key nothing is kept but the moment at which it will
have used up what it had before. That moment stands in a file that all workers map; a lock on a few
of its bytes keeps them from counting a key at the same time. What a file says beyond the burst is
left from before a restart of the machine, and does not count.
"""

import fcntl
import mmap
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

from service.private_files import make_file, make_folder, opener

FILE = "attune-pace"
N_KEYS = 4_096
"""Keys that are told apart; one more than this shares the count of another."""

_ID_BYTES = 16
_RECORD = struct.Struct("=16sq8x")
_MOMENT = struct.Struct("=q")
_SECOND_NS = 1_000_000_000


class RateLimiter:
    """Lets keys through, each at its own pace; for one thread of a process.

    Args:
        folder: What the workers of this machine share, or None when this process is alone.
        clock: In nanoseconds; the same in all workers.
    """

    def __init__(
        self, folder: Path | None, *, clock: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._clock = clock
        self._offsets: dict[str, int] = {}
        self._file = None if folder is None else _opened(folder / FILE)
        shared = -1 if self._file is None else self._file.fileno()
        self._moments = mmap.mmap(shared, N_KEYS * _RECORD.size)

    def wait_s(self, key_id: str, rate: float) -> int:
        """Count a request and return 0, or the whole seconds after which it may come again.

        In any stretch of time, a key gets through as often as its rate says, and once a second's
        worth (at least one) beyond that.
        """
        offset = self._offsets.get(key_id)
        if offset is None:
            offset = self._offsets[key_id] = self._place(key_id)
        step = int(_SECOND_NS / rate)
        burst = max(_SECOND_NS, step)
        with self._locked(offset):
            now = self._clock()
            used_until: int = _MOMENT.unpack_from(self._moments, offset + _ID_BYTES)[0]
            # What lies further ahead than any burst is of another clock.
            if not now < used_until <= now + burst:
                used_until = now
            if used_until + step > now + burst:
                return ceil((used_until + step - now - burst) / _SECOND_NS)
            _MOMENT.pack_into(self._moments, offset + _ID_BYTES, used_until + step)
        return 0

    def close(self) -> None:
        """Let go of the file."""
        self._moments.close()
        if self._file is not None:
            self._file.close()

    def _place(self, key_id: str) -> int:
        """Return where a key's moment is kept, the same in all workers."""
        wanted = key_id.encode("ascii").ljust(_ID_BYTES, b"\0")
        first = crc32(wanted) % N_KEYS
        with self._locked(N_KEYS * _RECORD.size):  # beyond the records: one finds a place at once
            for step in range(N_KEYS):
                offset = (first + step) % N_KEYS * _RECORD.size
                found = self._moments[offset : offset + _ID_BYTES]
                if found == bytes(_ID_BYTES):
                    self._moments[offset : offset + _ID_BYTES] = wanted
                if found in (wanted, bytes(_ID_BYTES)):
                    return offset
        return first * _RECORD.size

    @contextmanager
    def _locked(self, offset: int) -> Iterator[None]:
        if self._file is None:
            yield
            return
        descriptor = self._file.fileno()
        fcntl.lockf(descriptor, fcntl.LOCK_EX, _RECORD.size, offset)
        try:
            yield
        finally:
            fcntl.lockf(descriptor, fcntl.LOCK_UN, _RECORD.size, offset)


def _opened(path: Path) -> BinaryIO:
    make_folder(path.parent)
    make_file(path)
    file = open(path, "r+b", buffering=0, opener=opener)  # noqa: SIM115  # closed by `close`
    file.truncate(N_KEYS * _RECORD.size)  # as another worker may have done: nothing changes then
    return file
