"""BentoML's server as a process of ours: started, announced when it is ready, ended tidily."""

import http.client
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # BentoML's; it brings no types

from service.private import make_folder

_POLL_S = 0.2
_PROBE_S = 1.0
_LAST_WORDS_S = 5.0
_SERVICE = "service.app:Attune"
_MARK = "SERVED_BY"


class Server:
    """BentoML's server, in a process group of its own: Ctrl-C reaches it once, through us.

    Its workers are in groups of their own; all carry a mark in their environment. SIGHUP has the
    workers take up the snapshots that are in the folders then; it does not end the service.

    Args:
        host: The address to serve on.
        port: The port.
        longest_s: How long a request may take; those in progress are waited for that long when
            the service is stopped, and not for ever.
    """

    def __init__(self, host: str, port: int, *, longest_s: float) -> None:
        self._address = reached_at(host), port
        self._signals: list[int] = []
        self._reloads: list[subprocess.Popen[bytes]] = []
        self._is_stopping = False
        self._grace_s = longest_s + _LAST_WORDS_S
        self._killed_at = math.inf
        self._has_failed = False
        self._seen: set[int] = set()
        self._mark = f"{os.getpid()}-{time.time_ns()}"
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: self._signals.append(number))
        command = [sys.executable, "-m", "bentoml", "serve", _SERVICE]
        self._process = subprocess.Popen(  # noqa: S603  # our own command
            [*command, "--host", host, "--port", str(port)],
            env=_environ() | {_MARK: self._mark},
            process_group=0,
        )

    def run(self, banner: Callable[[], str]) -> int:
        """Wait for the end, and print the banner when it is ready; return the exit status."""
        is_announced = False
        while (status := self._process.poll()) is None:
            while self._signals:
                self._heed(self._signals.pop(0))
            if not is_announced and self._is_ready():
                sys.stdout.write(banner())
                sys.stdout.flush()
                is_announced = True
            if not is_announced and not self._is_stopping:
                self._give_up_if_a_worker_ended()
            self._end_if_it_takes_too_long()
            time.sleep(_POLL_S)
        self._kill()  # workers that outlived the server: they would keep the port
        if self._has_failed:
            sys.stderr.write("The service could not start; the reason is told above.\n")
            return 1
        if self._is_stopping and status == -signal.SIGTERM:
            return 0  # so early that the server had no manners yet
        return status if status >= 0 else 128 - status  # as shells count signals

    def _heed(self, number: int) -> None:
        """Do what a signal asks for: another snapshot, or the end."""
        if number != signal.SIGHUP:
            self._stop()
            return
        # A process of its own: this one stays small, and whatever happens there ends there.
        self._reloads = [each for each in self._reloads if each.poll() is None]
        self._reloads.append(
            subprocess.Popen(
                [sys.executable, "-m", "service", "reload"],
                env=_environ() | {_MARK: self._mark},
            )
        )

    def _stop(self) -> None:
        """End the server after the requests in progress, in time; at once if asked again."""
        if self._is_stopping:
            self._kill()
        self._is_stopping = True
        self._killed_at = min(self._killed_at, time.monotonic() + self._grace_s)
        self._process.terminate()

    def _end_if_it_takes_too_long(self) -> None:
        if time.monotonic() > self._killed_at:
            self._kill()

    def _kill(self) -> None:
        self._process.kill()  # first, or it would start new workers
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get(_MARK) == self._mark:
                    process.kill()

    def _give_up_if_a_worker_ended(self) -> None:
        """Stop a server that cannot start: BentoML would try again, and again."""
        alive = self._workers()
        if self._seen - alive and self._process.poll() is None:
            self._has_failed = True
            self._stop()
        self._seen |= alive

    def keyless_status(self) -> int | None:
        """Return the status that this machine gets without a key, or None for no answer."""
        return self._status("/model")

    def _is_ready(self) -> bool:
        return self._status("/readyz") == http.HTTPStatus.OK

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

    def _workers(self) -> set[int]:
        found = set()
        with suppress(psutil.Error):
            for child in psutil.Process(self._process.pid).children():
                with suppress(psutil.Error):
                    if {_SERVICE, "--worker-id"} <= {*child.cmdline()}:
                        found.add(child.pid)
        return found


def usable(host: str, port: int) -> str:
    """Return the address that a host stands for, having made sure that it can be served on.

    Raises:
        OSError: It cannot; the message says why.
    """
    try:
        address = str(ip_address(host))
    except ValueError:
        address = socket.gethostbyname(host)  # BentoML takes no names
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            reason = f"{host}:{port} cannot be served on: {error.strerror}."
            raise OSError(f"{reason} Another port: `make serve PORT={port + 1}`.") from error
    return address


def _environ() -> dict[str, str]:
    """Return the server's environment.

    BentoML keeps its files here and reports to nobody. A worker's threads are its requests: those
    of linear algebra would only get in their way.
    """
    home = Path(".attune/bentoml").resolve()
    if "BENTOML_HOME" not in os.environ:
        make_folder(home)
    quiet = {"BENTOML_DO_NOT_TRACK": "True", "OMP_NUM_THREADS": "1"}
    return quiet | {"BENTOML_HOME": str(home)} | os.environ


def reached_at(host: str) -> str:
    """Return where a client on this machine finds what is bound to an address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound
