"""A function that runs in a thread beside the requests."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Lock, Thread

from service.errors import StoreUnavailableError

LOG = logging.getLogger("bentoml.attune.jobs")


class BackgroundJob:
    """Runs a function in a thread, once at a time; safe for several threads.

    Args:
        name: Name of the thread.
        work: Calls :meth:`pause` or :meth:`require_running` often, so that it can be stopped.
    """

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._name = name
        self._work = work
        self._is_over = Event()
        self._lock = Lock()
        self._run: Future[None] | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._is_over.is_set()

    def start(self) -> "Future[None]":
        """Start the function unless it runs; return the run, which may be waited for."""
        with self._lock:
            if self._run is None or self._run.done():
                self._run = Future()
                # Daemons: the process does not wait for them at its end.
                Thread(target=self._into, args=(self._run,), name=self._name, daemon=True).start()
            return self._run

    def stop(self) -> None:
        """Let the function end at its next pause; it is not started again."""
        self._is_over.set()

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            StoreUnavailableError: The job was stopped.
        """
        self._is_over.wait(seconds)
        self.require_running()

    def require_running(self) -> None:
        """Check that the job was not stopped.

        Raises:
            StoreUnavailableError: It was stopped.
        """
        if self.is_stopped:
            raise StoreUnavailableError("This worker serves this snapshot no longer.")

    def raise_failure(self) -> None:
        """Raise the error of the last run, once."""
        with self._lock:
            if self._run is None or not self._run.done():
                return
            run, self._run = self._run, None
        run.result()

    def _into(self, run: "Future[None]") -> None:
        try:
            self.require_running()
            self._work()
        except BaseException as error:  # noqa: BLE001  # who waits raises it
            if not self.is_stopped:
                LOG.warning("%s failed: %s", self._name, error)
            run.set_exception(error)
        else:
            run.set_result(None)
