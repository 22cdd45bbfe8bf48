"""The lock on SQLite's file, which lets only one machine serve it.

SQLite's write-ahead log uses shared memory, which one machine's processes share. Two machines on
one network folder would overwrite what the other has acknowledged.
"""

import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path

from service.db.track_feature_files import boot
from service.errors import StoreUnavailableError
from service.private_files import opener, restrict

SUFFIX = ".claim"
_MOST = 1_000


class Claim:
    """Holds a file for a machine until it is released or the process ends.

    Args:
        file: The database file.
        machine: Id of this machine.

    Raises:
        StoreUnavailableError: Another machine holds it.
    """

    def __init__(self, file: Path, machine: str) -> None:
        self._descriptor: int | None = None
        path = file.with_name(file.name + SUFFIX)
        restrict([path])
        try:
            self._descriptor = opener(str(path), os.O_RDWR | os.O_CREAT)
        except OSError:
            return  # a process that cannot write here does no harm
        held_by = _shared(self._descriptor, machine)
        if held_by != machine:
            self.release()
            raise StoreUnavailableError(
                f"SQLite's file {file} is served by another machine, {held_by.split()[0]!r}. Set "
                "ATTUNE_DATABASE_URL to a PostgreSQL database that all replicas share."
            )

    def release(self) -> None:
        """Release the claim of this process."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def this_machine() -> str:
    """Return an id of this machine that changes with each boot."""
    return f"{socket.gethostname()} {boot()}"


def _shared(descriptor: int, machine: str) -> str:
    """Take a shared lock; return the machine that holds the file, this one if none did."""
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, machine.encode(), 0)
        # Another process may write between the two locks, so read only under the shared lock.
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return os.pread(descriptor, _MOST, 0).decode() or machine
