"""Polling of notifications that other processes leave in the database."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import TYPE_CHECKING

from models.errors import AttuneError

if TYPE_CHECKING:  # it loads NumPy, and a command's help must be quick
    from service.db.notifications import Notifications, Topic

PERIOD_S = 1.0
LOG = logging.getLogger("bentoml.attune.poller")

Callback = Callable[[], None]


class Poller:
    """A thread that calls back when a topic changes; a callback that fails is called again.

    Args:
        notifications: Read for the topics' revisions.
        period_s: Time between two reads.
    """

    def __init__(self, notifications: "Notifications", *, period_s: float = PERIOD_S) -> None:
        self._notifications = notifications
        self._period_s = period_s
        self._known: dict[str, int] = {}
        self._waiting: list[tuple[Topic, Callback]] = []
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="attune-watch", daemon=True)

    def on(self, topic: "Topic", callback: Callback) -> None:
        """Register a callback for later changes of a topic; call it before :meth:`start`."""
        self._waiting.append((topic, callback))

    def start(self) -> None:
        """Read the present revisions, and report changes from now on."""
        self._known = dict(self._notifications.revisions())
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for its end."""
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()

    def poll(self) -> None:
        """Read the revisions once, and call back for each topic that changed."""
        found = self._notifications.revisions()
        for topic in [t for t, revision in found.items() if revision != self._known.get(t)]:
            for waited_for, callback in self._waiting:
                if waited_for == topic:
                    callback()
            self._known[topic] = found[topic]

    def _run(self) -> None:
        while not self._is_over.wait(self._period_s):
            try:
                self.poll()
            except AttuneError as error:  # the database may come back
                LOG.warning("Notifications cannot be read now: %s", error)
            except Exception:  # the thread must go on, or the worker misses later changes
                LOG.exception("A notification could not be processed")
