"""Starts training's commands so that they can be interrupted."""

import subprocess
import sys
from collections.abc import Sequence

# Whoever is started in the background of a shell's script does not hear Ctrl-C.
_MAIN = """
import signal, sys
from training.__main__ import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""


def started(typed: Sequence[str], **settings: object) -> subprocess.Popen[bytes]:
    """Return the process of ``python -m training`` with these arguments."""
    return subprocess.Popen([sys.executable, "-c", _MAIN, *typed], **settings)  # noqa: S603
