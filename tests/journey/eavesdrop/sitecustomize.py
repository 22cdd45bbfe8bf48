"""Runs first in every Python process of a server: notes, and refuses, what would go out."""

import os
import sys
from pathlib import Path

LISTENING = "listening"
HEARD_IN = "JOURNEY_HEARD_IN"
AT_HOME = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104  # compared, not bound


def _listen(file):
    def note(text):
        with file.open("a") as lines:
            lines.write(f"{os.getpid()} {text}\n")

    def hear(event, arguments):
        place = {"socket.connect": 1, "socket.sendto": 1}.get(event, 0)
        named = event in {"socket.getaddrinfo", "socket.gethostbyname"}
        if not (place or named):
            return
        address = arguments[place]
        host = address[0] if isinstance(address, tuple) else address
        is_path = place and not isinstance(address, tuple)
        if not host or is_path or str(host).startswith(AT_HOME):
            return
        note(f"{event} {host}")
        raise ConnectionRefusedError(f"{event} {host}: nothing leaves this machine")

    note(LISTENING)
    os.register_at_fork(after_in_child=lambda: note(LISTENING))
    sys.addaudithook(hear)


if HEARD_IN in os.environ:
    _listen(Path(os.environ[HEARD_IN]))
