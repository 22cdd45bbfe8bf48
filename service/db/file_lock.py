"""Whose SQLite's file is: one machine's, as long as a process of it serves.

SQLite's log of changes is shared memory, which ends at the machine. Two machines over one network
folder would each overwrite what the other has acknowledged.
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
    """Holds a file for a machine until it is let go or the process ends, however it ends.

    Args:
        file: The database.
        machine: What tells this machine from others.

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
            return  # who cannot write here does no harm here
        held_by = _shared(self._descriptor, machine)
        if held_by != machine:
            self.let_go()
            raise StoreUnavailableError(
                f"SQLite's file {file} is served by another machine, {held_by.split()[0]!r}, and "
                "it is for one. Give all replicas one PostgreSQL, by ATTUNE_DATABASE_URL."
            )

    def let_go(self) -> None:
        """End the claim of this process."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def this_machine() -> str:
    """Return what tells this machine from others, from its last boot on."""
    return f"{socket.gethostname()} {boot()}"


def _shared(descriptor: int, machine: str) -> str:
    """Return who holds a file, with a shared lock on it; this machine if nobody did."""
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, machine.encode(), 0)
    # Another may get in between the two locks, so what is written is read when it is settled.
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return os.pread(descriptor, _MOST, 0).decode() or machine
