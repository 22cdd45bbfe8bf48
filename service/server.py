"""The service as an operator starts it: workers on one socket, and the process that supervises.

BentoML's supervisor takes commands on TCP ports of loopback, from every user of the machine. This
one opens no port but the service's own.
"""

import http.client
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from service.private_files import make_folder
from service.settings import METRICS_FOLDER

_POLL_S = 0.2
_PROBE_S = 1.0
_GRACE_S = 5.0
_PAUSE_S = 2.0
"""Between two starts of workers in the place of others, should these end again and again."""
_BACKLOG = 2048


class Server:
    """Workers that answer on one socket, each in a session of its own.

    Ctrl-C reaches them only through this process. SIGHUP has them load the snapshots that are in
    the folders then; it does not end the service.

    Args:
        listener: The socket; it is closed when the service is stopped.
        n_workers: How many processes answer on it.
        longest_s: How long a request may take; those in progress are waited for that long when
            the service is stopped, and not for ever.
    """

    def __init__(self, listener: socket.socket, *, n_workers: int, longest_s: float) -> None:
        host, port = listener.getsockname()[:2]
        self._address = reached_at(host), port
        self._listener = listener
        self._environ = _environ(f"{host}:{port}")
        self._signals: list[int] = []
        self._reloads: list[subprocess.Popen[bytes]] = []
        self._is_stopping = False
        self._has_failed = False
        self._grace_s = longest_s + _GRACE_S
        self._killed_at = math.inf
        self._no_start_before = 0.0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: self._signals.append(number))
        self._workers = [self._start_worker() for _ in range(n_workers)]

    def run(self, banner: Callable[[], str]) -> int:
        """Wait for the end, and print the banner when it is ready; return the exit status."""
        is_announced = False
        while not self._is_over():
            while self._signals:
                self._handle_signal(self._signals.pop(0))
            if is_announced:
                self._replace_ended_workers()
            elif not self._is_stopping and self._status("/readyz") == http.HTTPStatus.OK:
                sys.stdout.write(banner())
                sys.stdout.flush()
                is_announced = True
            else:
                self._give_up_if_a_worker_ended()
            self._end_after_timeout()
            time.sleep(_POLL_S)
        self._kill()  # what still takes up snapshots
        if self._has_failed:
            sys.stderr.write("The service could not start; the reason is told above.\n")
            return 1
        was_killed = any(worker.returncode == -signal.SIGKILL for worker in self._workers)
        return 128 + signal.SIGKILL if was_killed else 0  # as shells count signals

    def _start_worker(self) -> subprocess.Popen[bytes]:
        fd = self._listener.fileno()
        return subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "service.worker", "--fd", str(fd)],
            env=self._environ,
            stdin=subprocess.PIPE,  # ends with this process; so does the worker then
            pass_fds=[fd],
            start_new_session=True,  # Linux shares processors between sessions: each gets its part
        )

    def _replace_ended_workers(self) -> None:
        """Start a worker in the place of each that ended, not all of them at once."""
        for place, worker in enumerate(self._workers):
            if self._is_stopping or worker.poll() is None:
                continue
            if time.monotonic() >= self._no_start_before:
                self._no_start_before = time.monotonic() + _PAUSE_S
                with suppress(OSError):  # no process or no memory for now: tried again
                    self._workers[place] = self._start_worker()

    def _is_over(self) -> bool:
        return self._is_stopping and all(each.poll() is not None for each in self._workers)

    def _handle_signal(self, number: int) -> None:
        """Do what a signal asks for: another snapshot, or the end."""
        if number != signal.SIGHUP:
            self._stop()
            return
        # A process of its own: this one stays small, and whatever happens there ends there.
        self._reloads = [each for each in self._reloads if each.poll() is None]
        command = [sys.executable, "-m", "service", "reload"]
        self._reloads.append(subprocess.Popen(command, env=self._environ))  # noqa: S603  # ours

    def _stop(self) -> None:
        """End the workers after the requests in progress, in time; at once if asked again."""
        if self._is_stopping:
            self._kill()
        self._is_stopping = True
        self._killed_at = min(self._killed_at, time.monotonic() + self._grace_s)
        self._listener.close()  # the workers close theirs
        for worker in self._workers:
            worker.terminate()

    def _end_after_timeout(self) -> None:
        if time.monotonic() > self._killed_at:
            self._kill()

    def _kill(self) -> None:
        for process in [*self._workers, *self._reloads]:
            process.kill()
            process.wait()

    def _give_up_if_a_worker_ended(self) -> None:
        """Stop a service that cannot start: another worker would end for the same reason."""
        if not self._is_stopping and any(each.poll() is not None for each in self._workers):
            self._has_failed = True
            self._stop()

    def keyless_status(self) -> int | None:
        """Return the status that this machine gets without a key, or None for no answer."""
        return self._status("/model")

    def _status(self, path: str) -> int | None:
        # Not urllib: it would ask a proxy that the environment names.
        connection = http.client.HTTPConnection(*self._address, timeout=_PROBE_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the address that a host stands for.

    Raises:
        OSError: It cannot; the message says why.
    """
    try:
        address = str(ip_address(host))
    except ValueError:
        address = socket.gethostbyname(host)
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        reason = f"{host}:{port} cannot be served on: {error.strerror}."
        raise OSError(f"{reason} Another port: `make serve PORT={port + 1}`.") from error
    return listener


def _environ(name: str) -> dict[str, str]:
    """Return the workers' environment, with an empty folder for their counters.

    BentoML keeps its files here and reports to nobody. A worker's threads are its requests: those
    of linear algebra would only get in their way.
    """
    quiet = {"BENTOML_DO_NOT_TRACK": "True", "OMP_NUM_THREADS": "1"}
    bentoml_home = os.environ.get("BENTOML_HOME", ".attune/bentoml")
    home = Path(os.path.expandvars(bentoml_home)).expanduser().resolve()  # as BentoML reads it
    counters = home / "counters" / name  # of the one who listens on that address
    with suppress(FileNotFoundError):
        shutil.rmtree(counters)
    make_folder(counters)
    return quiet | os.environ | {"BENTOML_HOME": str(home), METRICS_FOLDER: str(counters)}


def reached_at(host: str) -> str:
    """Return where a client on this machine finds what is bound to an address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound
