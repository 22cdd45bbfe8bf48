"""The supervisor: starts workers on one socket and replaces those that end.

BentoML's own supervisor accepts commands on local TCP ports from every user of the machine. This
one opens no port but the service's.
"""

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
from http import HTTPStatus
from ipaddress import ip_address
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from service.addresses import Address, bentoml_home, counters_folder, get, hold
from service.private_files import make_folder
from service.settings import METRICS_FOLDER
from service.worker import SIGNALS, work

_POLL_S = 0.2
_PROBE_S = 1.0
_GRACE_S = 5.0
_PAUSE_S = 2.0
"""Least time between two replacements of workers that end again and again."""
_BACKLOG = 2048
_PROCESSES = get_context("fork") if sys.platform == "linux" else get_context("spawn")


class Server:
    """Workers that answer on one socket, each in a session of its own.

    Ctrl-C reaches them only through this process. SIGHUP makes them load the snapshots in the
    configured folders and does not stop the service.

    Args:
        listener: The socket; closed when the service stops.
        n_workers: Number of worker processes.
        longest_s: Longest wait for requests in progress when the service stops.
        preload: Imports what workers use; called where several of them share it.
    """

    def __init__(
        self,
        listener: socket.socket,
        *,
        n_workers: int,
        longest_s: float,
        preload: Callable[[], None],
    ) -> None:
        address = Address(*listener.getsockname()[:2])
        self._address = address.reached_at()
        self._listener = listener
        home = bentoml_home(os.environ)
        counters = counters_folder(home, address)
        with suppress(FileNotFoundError):
            shutil.rmtree(counters)
        make_folder(counters)
        self._lock = hold(counters)  # while this process lives
        os.environ.update(_environ(home, counters))  # of the workers
        self._lifeline = _PROCESSES.Pipe(duplex=False)
        self._signals: list[int] = []
        self._reloads: list[subprocess.Popen[bytes]] = []
        self._is_stopping = False
        self._has_failed = False
        self._grace_s = longest_s + _GRACE_S
        self._killed_at = math.inf
        self._no_start_before = 0.0
        if n_workers > 1 and _PROCESSES.get_start_method() == "fork":
            for number in SIGNALS:
                signal.signal(number, lambda *_: sys.exit(0))  # nothing to stop yet
            preload()  # one worker has nobody to share it with
        for number in SIGNALS:
            signal.signal(number, lambda number, _: self._signals.append(number))
        self._workers = [self._start_worker() for _ in range(n_workers)]

    def run(self, banner: Callable[[], str]) -> int:
        """Supervise the workers, print the banner once ready, and return the exit status."""
        is_announced = False
        while not self._is_over():
            while self._signals:
                self._handle_signal(self._signals.pop(0))
            if is_announced:
                self._replace_ended_workers()
            else:
                is_ready = self._status("/readyz") == HTTPStatus.OK
                self._give_up_if_a_worker_ended()
                if is_ready and not self._is_stopping:
                    sys.stdout.write(banner())
                    sys.stdout.flush()
                    is_announced = True
            self._reap()
            self._end_after_timeout()
            time.sleep(_POLL_S)
        self._kill()  # ends running reloads
        if self._has_failed:
            sys.stderr.write("The service could not start; see the error above.\n")
            return 1
        was_killed = any(worker.exitcode == -signal.SIGKILL for worker in self._workers)
        return 128 + signal.SIGKILL if was_killed else 0  # as shells count signals

    def _start_worker(self) -> BaseProcess:
        # A signal before the worker has its own handlers would be lost in the supervisor's.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            worker = _PROCESSES.Process(
                target=work, args=(self._listener, self._lifeline), daemon=True
            )
            worker.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return worker

    def _replace_ended_workers(self) -> None:
        """Start a worker in place of one that ended, at most one every `_PAUSE_S`."""
        for place, worker in enumerate(self._workers):
            if self._is_stopping or worker.exitcode is None:
                continue
            if time.monotonic() >= self._no_start_before:
                self._no_start_before = time.monotonic() + _PAUSE_S
                with suppress(OSError):  # no process or memory available now: try again later
                    self._workers[place] = self._start_worker()

    def _is_over(self) -> bool:
        return self._is_stopping and all(each.exitcode is not None for each in self._workers)

    def _handle_signal(self, number: int) -> None:
        """Reload snapshots on SIGHUP; stop the service on other signals."""
        if number != signal.SIGHUP:
            self._stop()
            return
        # A process of its own keeps this one small and isolated from failures.
        command = [sys.executable, "-m", "service", "reload"]
        self._reloads.append(subprocess.Popen(command))  # noqa: S603  # ours

    def _reap(self) -> None:
        """Collect reloads that ended, and orphans, which process 1 of a container inherits."""
        self._reloads = [each for each in self._reloads if each.poll() is None]
        ours = {each.pid for each in self._workers} | {each.pid for each in self._reloads}
        peek = os.WEXITED | os.WNOHANG | os.WNOWAIT
        with suppress(ChildProcessError):  # there is no child
            while (ended := os.waitid(os.P_ALL, 0, peek)) and ended.si_pid not in ours:
                os.waitpid(ended.si_pid, 0)

    def _stop(self) -> None:
        """Stop the workers after their requests, within a time limit; at once on a second call."""
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
        for worker in self._workers:
            worker.kill()
            worker.join()
        for reload in self._reloads:
            reload.kill()
            reload.wait()

    def _give_up_if_a_worker_ended(self) -> None:
        """Stop a service that cannot start: a new worker would fail for the same reason."""
        if not self._is_stopping and any(each.exitcode is not None for each in self._workers):
            self._has_failed = True
            self._stop()

    def keyless_status(self) -> int | None:
        """Return the status of a request without an API key; None without a reply."""
        return self._status("/model")

    def _status(self, path: str) -> int | None:
        with suppress(OSError):
            return get(self._address, path, _PROBE_S)[0]
        return None


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a host's address.

    Raises:
        OSError: The address cannot be used; the message says why.
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
        raise OSError(f"{reason} Use another port: `make serve PORT={port + 1}`.") from error
    return listener


def _environ(home: Path, counters: Path) -> dict[str, str]:
    """Return the workers' environment: BentoML's folder, and the folder for metrics.

    BentoML sends no usage data. Workers use one thread for linear algebra, because requests run in
    threads already.
    """
    quiet = {"BENTOML_DO_NOT_TRACK": "True", "OMP_NUM_THREADS": "1"}
    return quiet | os.environ | {"BENTOML_HOME": str(home), METRICS_FOLDER: str(counters)}
