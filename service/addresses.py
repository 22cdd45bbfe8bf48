"""Addresses of the services that run on this machine, and how to ask them.

A running service holds the lock of a file in the folder of its counters. The folder's name is the
address, so that a health check needs neither the options nor the process id of the service.
"""

import fcntl
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

_LOCK = "supervisor.lock"
_LONGEST_REPLY = 65_536
"""Bytes."""


class Address(NamedTuple):
    """Host and port on which a service listens; the host is a numeric address."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def reached_at(self) -> "Address":
        """Return the address at which local clients reach this one.

        >>> str(Address("::", 3000).reached_at())
        '[::1]:3000'
        """
        local = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not bound
        return self._replace(host=local.get(self.host, self.host))


def bentoml_home(environ: Mapping[str, str]) -> Path:
    """Return the absolute folder of BentoML's files, which has the counters of our services."""
    home = environ.get("BENTOML_HOME", ".attune/bentoml")
    return Path(os.path.expandvars(home)).expanduser().resolve()  # as BentoML reads it


def counters_folder(home: Path, address: Address) -> Path:
    """Return the folder of the counters of the service on an address."""
    return home / "counters" / f"{address.host}:{address.port}"


def hold(folder: Path) -> IO[str]:
    """Return the lock that says that a service runs, in the folder of its counters.

    The system releases the lock when the process ends, also if it is killed.
    """
    lock = (folder / _LOCK).open("w")
    os.register_at_fork(after_in_child=lock.close)  # a worker does not hold it
    fcntl.flock(lock, fcntl.LOCK_EX)  # waits for a moment if a health check looks at it
    return lock


def running(home: Path) -> list[Address]:
    """Return the addresses of the services that run now, in alphabetical order."""
    found = []
    for lock in sorted(home.glob(f"counters/*/{_LOCK}")):
        host, _, port = lock.parent.name.rpartition(":")
        if _is_held(lock):
            found.append(Address(host, int(port)))
    return found


def get(address: Address, path: str, timeout_s: float) -> tuple[int, str]:
    """Return status and body of a reply; not by http.client, which takes longer to import.

    Args:
        address: Asked directly, never through a proxy.
        path: Of a request whose reply is text of at most 64 KiB.
        timeout_s: Longest wait for the connection, and for each part of the reply.

    Raises:
        OSError: There is no reply, or it is not HTTP.
    """
    with socket.create_connection(address, timeout_s) as connection:
        head = f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        with connection.makefile("rb") as stream:
            first, _, body = stream.read(_LONGEST_REPLY).partition(b"\r\n\r\n")
    version, _, rest = first.partition(b" ")
    if not version.startswith(b"HTTP/") or not rest[:3].isdigit():
        raise OSError(f"{address} does not answer with HTTP.")
    return int(rest[:3]), body.decode(errors="replace")


def _is_held(lock: Path) -> bool:
    with suppress(FileNotFoundError), lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
