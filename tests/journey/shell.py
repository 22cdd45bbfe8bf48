"""Runs what a page tells people to type, in a folder that is thrown away."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

PATIENCE_S = 300.0
STOPPING_S = 30.0
TIDILY = "set -euxo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT\n"
"""A step that fails ends all, and what it left running with it."""
SERVED_LOG = "served.log"
_UNTIL_READY = """
( {script} ) > {log} 2>&1 & served=$!
until curl -s --fail {url}/readyz > /dev/null; do kill -0 $served; sleep 1; done
"""


@dataclass
class Shell:
    """A bash in a folder.

    Attributes:
        folder: Where scripts run.
        environ: All that they inherit.
        logs: Files of the folder that are shown when a script fails.
    """

    folder: Path
    environ: Mapping[str, str]
    logs: tuple[str, ...]
    _begun: list[psutil.Popen] = field(default_factory=list, init=False)

    def __call__(self, script: str, patience_s: float = PATIENCE_S, **variables: str) -> str:
        """Run a script that must succeed; return what it printed."""
        with (self.folder / "printed").open("w+") as printed:
            process = psutil.Popen(
                ["bash", "-c", TIDILY + script],
                cwd=self.folder,
                env={**self.environ, **variables},
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._begun.append(process)
            status = process.wait(patience_s)
            printed.seek(0)
            text = printed.read()
        assert status == 0, text + self._logged()
        return text

    def end(self) -> None:
        """Stop what scripts have left running: as a service is stopped, then by force."""
        for process in self._begun:
            for each in _alive_in(process.pid):
                with suppress(psutil.NoSuchProcess):  # its parent may have stopped it
                    each.terminate()
            _, left = psutil.wait_procs(_alive_in(process.pid), STOPPING_S)
            for each in left:
                with suppress(psutil.NoSuchProcess):
                    each.kill()

    def _logged(self) -> str:
        found = [self.folder / name for name in self.logs]
        return "".join(log.read_text(errors="replace") for log in found if log.exists())


def _alive_in(session: int) -> list[psutil.Process]:
    """Return the processes of a session; one whose parent is gone is still of it."""
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getsid(each.pid) == session and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
    return found


@contextmanager
def shell(
    folder: Path, environ: Mapping[str, str], logs: tuple[str, ...] = ("service.log",)
) -> Iterator[Shell]:
    """Give a bash in a folder; what it leaves running is killed."""
    bash = Shell(folder, environ, logs)
    try:
        yield bash
    finally:
        bash.end()


def left_running(script: str, url: str) -> str:
    """Return a script that has another one serve in the background and waits until it is ready."""
    return _UNTIL_READY.format(script=script, log=SERVED_LOG, url=url)


def is_readable(script: str) -> bool:
    """Whether bash can read a script, without running it."""
    return subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0  # noqa: S607
