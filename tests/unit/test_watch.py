"""A watch tells of what is new, and of nothing else."""

import threading

import pytest

from service.errors import StoreUnavailableError
from service.serving.poller import Poller


class FakeNotices:
    def __init__(self):
        self.counts = {"keys": 3, "snapshot": 0}
        self.is_away = False

    def revisions(self):
        if self.is_away:
            raise StoreUnavailableError("away")
        return dict(self.counts)

    def announce(self, topic):
        self.counts[topic] += 1
        return self.counts[topic]


@pytest.fixture(name="notices")
def _notifications():
    return FakeNotices()


def test_what_was_there_at_the_start_is_not_news(notifications):
    told = []
    poller = Poller(notifications, period_s=60)
    poller.on("keys", lambda: told.append("keys"))
    poller.start()

    poller.look()
    poller.stop()

    assert told == []


def test_only_the_topic_that_moved_is_told_and_once(notifications):
    told = []
    poller = Poller(notifications, period_s=60)
    poller.on("keys", lambda: told.append("keys"))
    poller.on("snapshot", lambda: told.append("snapshot"))
    poller.start()
    notifications.announce("snapshot")

    poller.look()
    poller.look()
    poller.stop()

    assert told == ["snapshot"]


def test_a_callback_that_failed_is_called_again(notifications):
    outcomes = iter([RuntimeError("once"), None])

    def told():
        if (outcome := next(outcomes)) is not None:
            raise outcome

    poller = Poller(notifications, period_s=60)
    poller.on("keys", told)
    poller.start()
    notifications.announce("keys")

    with pytest.raises(RuntimeError):
        poller.look()
    poller.look()
    poller.stop()

    assert next(outcomes, "told twice") == "told twice"


def test_the_thread_outlives_a_database_that_goes_away(notifications):
    heard = threading.Event()
    poller = Poller(notifications, period_s=0.01)
    poller.on("keys", heard.set)
    poller.start()
    notifications.is_away = True
    notifications.announce("keys")
    assert not heard.wait(0.1)

    notifications.is_away = False

    assert heard.wait(10)
    poller.stop()
