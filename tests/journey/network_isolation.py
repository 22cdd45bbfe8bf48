"""Runs a command where it reaches no other machine, and writes down the names it asks DNS for.

`python -m tests.journey.network_isolation HEARD COMMAND…`, in a network and a mount namespace of
its own: only loopback exists, and this process answers every DNS query, native code included.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.journey.eavesdrop.sitecustomize import HEARD_IN
from tests.journey.servers import ROOT, Served

PROBE = "does-anybody-listen.invalid"
"""Asked for before each command, so that what is heard always begins with it."""

_NAMESPACES = ("unshare", "--net", "--mount")
_SETTINGS = {  # what glibc asks, and how
    "/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",
}
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1  # linux/sockios.h, linux/if.h
_HEADER_BYTES = 12
_NO_SUCH_NAME = b"\x81\x83"  # RFC 1035: a response, recursion available, code 3


@cache
def why_not() -> str | None:
    """Return why no command can be isolated here; None if one can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "namespaces take root on Linux"
    if not all(shutil.which(tool) for tool in ("unshare", "nsenter", "mount")):
        return "util-linux is missing"
    tried = subprocess.run([*_NAMESPACES, "true"], capture_output=True, check=False)  # noqa: S603
    return tried.stderr.decode() or None


def isolated(served: Served) -> Served:
    """Return the same, not started, isolated; :func:`names` tells what it asks for."""
    module = [sys.executable, "-m", "tests.journey.network_isolation", str(_heard(served))]
    command = [*_NAMESPACES, *module, *served.command]
    # Python's own questions are to be heard here as well, and not refused before.
    environ = {name: value for name, value in served.environ.items() if name != HEARD_IN}
    return replace(served, command=command, environ=environ, cwd=ROOT)


def names(served: Served) -> set[str]:
    """Return the names that were asked for so far."""
    with suppress(FileNotFoundError):
        return set(_heard(served).read_text().splitlines())
    return set()


def beside(served: Served, command: Sequence[str]) -> str:
    """Run a command in the network of what is running isolated; return what it prints."""
    network = f"--net=/proc/{served.processes()[0].pid}/ns/net"
    entering = ["nsenter", network, *command]
    done = subprocess.run(entering, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout


def _heard(served: Served) -> Path:
    return served.folder / "names"


def _main(heard: Path, command: Sequence[str]) -> int:
    _raise_loopback()
    for path, text in _SETTINGS.items():
        _show(path, text)
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 53))
    threading.Thread(target=_listen, args=(listener, heard), daemon=True).start()
    with suppress(socket.gaierror):
        socket.getaddrinfo(PROBE, 443)
    return subprocess.run(command, check=False).returncode  # noqa: S603  # as above


def _raise_loopback() -> None:
    with socket.socket() as any_socket:
        asked = struct.pack("16sH14x", b"lo", 0)
        _, flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, _GET_FLAGS, asked))
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", flags | _UP))


def _show(path: str, text: str) -> None:
    """Show another text in the place of a file, to this namespace alone."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(text)
        file.flush()
        subprocess.run(["mount", "--bind", file.name, path], check=True)  # noqa: S603, S607


def _listen(listener: socket.socket, heard: Path) -> None:
    while True:
        question, sender = listener.recvfrom(4096)
        with heard.open("a") as lines:
            lines.write(f"{_name_in(question)}\n")
        listener.sendto(question[:2] + _NO_SUCH_NAME + question[4:], sender)


def _name_in(question: bytes) -> str:
    parts, at = [], _HEADER_BYTES
    while size := question[at]:
        parts.append(question[at + 1 : at + 1 + size].decode(errors="replace"))
        at += 1 + size
    return ".".join(parts)


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), sys.argv[2:]))
