"""Watch: one thread a process that looks for notices, and tells whoever waits for a topic."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import TYPE_CHECKING

from models.errors import AttuneError

if TYPE_CHECKING:  # it loads NumPy, which the help of a command need not wait for
    from service.db.notifications import Notifications, Topic

PERIOD_S = 1.0
LOG = logging.getLogger("bentoml.attune.watch")

Callback = Callable[[], None]


class Poller:
    """Calls back when a topic has moved on; a callback that fails is called again later.

    Args:
        notifications: Where to look.
        period_s: How often; what was announced is known everywhere this much later.
    """

    def __init__(self, notifications: "Notifications", *, period_s: float = PERIOD_S) -> None:
        self._notifications = notifications
        self._period_s = period_s
        self._known: dict[str, int] = {}
        self._waiting: list[tuple[Topic, Callback]] = []
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="attune-watch", daemon=True)

    def on(self, topic: "Topic", callback: Callback) -> None:
        """Have a topic's news told; before :meth:`start`. At the start nothing is news."""
        self._waiting.append((topic, callback))

    def start(self) -> None:
        """Take what is there now for known, and look from now on."""
        self._known = dict(self._notifications.revisions())
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Look once, and tell."""
        found = self._notifications.revisions()
        for topic in [t for t, revision in found.items() if revision != self._known.get(t)]:
            for waited_for, callback in self._waiting:
                if waited_for == topic:
                    callback()
            self._known[topic] = found[topic]

    def _run(self) -> None:
        while not self._is_over.wait(self._period_s):
            try:
                self.look()
            except AttuneError as error:  # the database is away: it may come back
                LOG.warning("Notices cannot be read now: %s", error)
            except Exception:  # the thread must live on, or no worker learns anything again
                LOG.exception("A notice could not be followed")
