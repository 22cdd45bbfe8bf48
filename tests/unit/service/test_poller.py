"""A watch tells of what is new, and of nothing else."""

import threading

import pytest

from service.db.notifications import Notifications
from service.errors import StoreUnavailableError
from service.serving.poller import Poller
from tests.databases import new_database


class Interrupted(Notifications):
    """Notifications of a database that is away at times."""

    is_away = False

    def revisions(self):
        if self.is_away:
            raise StoreUnavailableError("away")
        return super().revisions()


@pytest.fixture(name="notifications")
def _notifications():
    notifications = Interrupted(new_database())
    notifications.announce("keys")
    return notifications


@pytest.fixture(name="watching")
def _watching(notifications):
    """Starts a watch with these callbacks, and stops it at the end."""
    started = []

    def watching(period_s=60, **callbacks):
        poller = Poller(notifications, period_s=period_s)
        for topic, callback in callbacks.items():
            poller.on(topic, callback)
        poller.start()
        started.append(poller)
        return poller

    yield watching
    for poller in started:
        poller.stop()


def test_only_the_topic_that_moved_is_told_and_once(notifications, watching):
    told = []
    poller = watching(keys=lambda: told.append("keys"), snapshot=lambda: told.append("snapshot"))
    poller.poll()
    at_first = list(told)
    notifications.announce("snapshot")

    poller.poll()
    poller.poll()

    assert (at_first, told) == ([], ["snapshot"])


def test_a_callback_that_failed_is_called_again(notifications, watching):
    outcomes = iter([RuntimeError("once"), None])

    def told():
        if (outcome := next(outcomes)) is not None:
            raise outcome

    poller = watching(keys=told)
    notifications.announce("keys")

    with pytest.raises(RuntimeError):
        poller.poll()
    poller.poll()

    assert next(outcomes, "told twice") == "told twice"


def test_the_thread_outlives_a_database_that_goes_away(notifications, watching):
    heard = threading.Event()
    watching(0.01, keys=heard.set)
    notifications.is_away = True
    notifications.announce("keys")
    assert not heard.wait(0.1)

    notifications.is_away = False

    assert heard.wait(10)
