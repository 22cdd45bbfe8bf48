"""Rate limit of API keys, counted over all workers of a machine.

Implements the generic cell rate algorithm: for each key, the file holds only the time until which
its requests have used the rate. All workers map the file; a lock on the bytes of a key serialises
their updates. A time beyond the burst is left from before a restart of the machine, and ignored.
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
"""Number of keys counted separately; further keys share the count of another key."""

_ID_BYTES = 16
_RECORD = struct.Struct("=16sq8x")
_MOMENT = struct.Struct("=q")
_SECOND_NS = 1_000_000_000


class RateLimiter:
    """Limits the rate of each key; for one thread of a process.

    Args:
        folder: Folder that the workers of this machine share; None for a single process.
        clock: Returns nanoseconds; the same clock in all workers.
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
        """Count a request and return 0, or return the whole seconds to wait.

        The burst is one second's worth of requests, at least one.
        """
        offset = self._offsets.get(key_id)
        if offset is None:
            offset = self._offsets[key_id] = self._place(key_id)
        step = int(_SECOND_NS / rate)
        burst = max(_SECOND_NS, step)
        with self._locked(offset):
            now = self._clock()
            used_until: int = _MOMENT.unpack_from(self._moments, offset + _ID_BYTES)[0]
            # A time beyond the burst comes from another clock.
            if not now < used_until <= now + burst:
                used_until = now
            if used_until + step > now + burst:
                return ceil((used_until + step - now - burst) / _SECOND_NS)
            _MOMENT.pack_into(self._moments, offset + _ID_BYTES, used_until + step)
        return 0

    def close(self) -> None:
        """Close the file."""
        self._moments.close()
        if self._file is not None:
            self._file.close()

    def _place(self, key_id: str) -> int:
        """Return the offset of a key's record, the same in all workers."""
        wanted = key_id.encode("ascii").ljust(_ID_BYTES, b"\0")
        first = crc32(wanted) % N_KEYS
        with self._locked(N_KEYS * _RECORD.size):  # a lock beyond the records, for all places
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
    file.truncate(N_KEYS * _RECORD.size)  # changes nothing if another worker did it
    return file
