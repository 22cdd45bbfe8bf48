"""Servers as an operator starts them: real processes, each stopped by its own id."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from tests.journey.eavesdrop.sitecustomize import HEARD_IN, LISTENING
from tests.servers import BOUND_S, wait_for, wait_for_process

ROOT = Path(__file__).parents[2]
BENTOML_WORKER = "--fd"
"""What the command of a worker of BentoML names: the socket that it answers on."""
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONUNBUFFERED")


@dataclass
class Served:
    """A command that serves, or one that tries.

    Attributes:
        folder: Where its log and its database are.
        cwd: Where it runs; the folder if none.
    """

    command: Sequence[str]
    folder: Path
    environ: Mapping[str, str]
    port: int
    cwd: Path | None = None
    _seen: list[psutil.Process] = field(default_factory=list, init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def has_started(self) -> bool:
        return bool(self._seen)

    def start(self) -> None:
        """Start the command and return at once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = psutil.Popen(
                self.command,
                cwd=self.cwd or self.folder,
                env=dict(self.environ),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._seen = [self._process]

    def until_ready(self, bound_s: float = BOUND_S) -> None:
        """Wait until the service answers that it is ready."""
        with httpx.Client(trust_env=False) as http:
            self.until(lambda: self._is_ready(http), bound_s)

    def until_logged(self, text: str, bound_s: float = BOUND_S) -> None:
        """Wait until the log holds a text."""
        self.until(lambda: text in self.log.read_text(), bound_s)

    def until_descended(self) -> None:
        """Wait until the first process has started another."""
        self.until(lambda: len(self.processes()) > 1)

    def until_there_are_workers(self) -> None:
        """Wait until a worker was started, ready or not."""
        self.until(lambda: bool(self.workers()))

    def until_over(self, bound_s: float = BOUND_S) -> int:
        """Wait until the first process ends by itself; return its exit status."""
        wait_for(lambda: not self.processes() or self._is_over, self.log, bound_s)
        return int(self._process.wait())

    def until(self, condition: Callable[[], bool], bound_s: float = BOUND_S) -> None:
        """Wait until a condition holds, as long as the service lives and works."""
        wait_for_process(self._process, condition, self.log, bound_s)

    def processes(self) -> list[psutil.Process]:
        """Return the first process and all that descend from it, now."""
        alive: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            alive = [self._process, *self._process.children(recursive=True)]
        self._seen += [process for process in alive if process not in self._seen]
        return alive

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer requests."""
        found = []
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                command = process.cmdline()
                parent = process.parent()
                is_forked = parent is not None and command == parent.cmdline()
                found += [process] if is_forked or BENTOML_WORKER in command else []
        return found

    def listening(self) -> set[int]:
        """Return the ports on which any of its processes takes TCP connections."""
        found = [each.net_connections("tcp") for each in self.processes()]
        return {c.laddr.port for each in found for c in each if c.status == psutil.CONN_LISTEN}

    def send(self, number: signal.Signals) -> None:
        """Send the first process a signal."""
        self.processes()
        self._process.send_signal(number)

    def stop(self, *signals: signal.Signals) -> int:
        """Send signals, SIGTERM if none is named, and return the exit status."""
        self.processes()
        for number in signals or [signal.SIGTERM]:
            self._process.send_signal(number)
        return int(self._process.wait(BOUND_S))

    def kill(self) -> None:
        """End every process at once: to each of them, the power fails."""
        self.processes()
        for process in self._seen:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(self._seen, BOUND_S)

    def survivors(self) -> list[psutil.Process]:
        """Return those of all processes seen that have not ended within a moment."""
        return psutil.wait_procs(self._seen, 5.0)[1]

    def heard(self) -> list[str]:
        """Return what its processes said to the network, each line with the process's id."""
        return [line for line in self._lines() if not line.endswith(LISTENING)]

    def overheard(self) -> set[int]:
        """Return the ids of the processes that were listened to."""
        return {int(line.split()[0]) for line in self._lines() if line.endswith(LISTENING)}

    def ask_database(self, statement: str) -> list[tuple[object, ...]]:
        """Return what the database says, asked behind the service's back."""
        with closing(sqlite3.connect(self.folder / "attune.db", timeout=30)) as file, file:
            return file.execute(statement).fetchall()

    @property
    def _is_over(self) -> bool:
        return self._process.poll() is not None

    def _is_ready(self, http: httpx.Client) -> bool:
        with suppress(httpx.HTTPError):
            return http.get(f"{self.url}/readyz", timeout=5.0).is_success
        return False

    def _lines(self) -> list[str]:
        return Path(self.environ[HEARD_IN]).read_text().splitlines()


def served_from(folder: Path, **settings: str) -> Served:
    """Return ``python -m service``, not started; it has SQLite unless the settings differ."""
    port = free_port()
    environ = environment(
        folder, **{"ATTUNE_DATABASE_URL": f"sqlite:///{folder / 'attune.db'}"} | settings
    )
    command = [sys.executable, "-m", "service", "--port", str(port)]
    return Served(command, folder, environ, port, cwd=ROOT)


@contextmanager
def running(served: Served) -> Iterator[Served]:
    """Start a server and wait until it says that it is ready; at the end it is killed."""
    served.start()
    try:
        served.until_logged("Attune is ready.")
        yield served
    finally:
        served.kill()


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment whose home is a folder, and which listens for outgoing connections."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    ours = {
        "HOME": str(folder),
        "BENTOML_HOME": str(folder / "bentoml"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT / "tests" / "journey" / "eavesdrop"),
        HEARD_IN: str(folder / "heard"),
        "ATTUNE_CALIBRATE": "never",  # not behind a test's back
        "OMP_NUM_THREADS": "1",
        "BENTOML_DO_NOT_TRACK": "True",  # as the manual asks of who calls BentoML by hand
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return kept | ours | {"PATH": path} | more


def run(command: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> str:
    """Run a command that must succeed; return what it printed."""
    done = subprocess.run(  # noqa: S603  # the tests' own commands
        command, cwd=cwd, env=dict(environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
