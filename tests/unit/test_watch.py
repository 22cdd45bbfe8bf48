"""A watch tells of what is new, and of nothing else."""

import threading

import pytest

from service.errors import StoreUnavailableError
from service.serving.poller import Watch


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
def _notices():
    return FakeNotices()


def test_what_was_there_at_the_start_is_not_news(notices):
    told = []
    watch = Watch(notices, period_s=60)
    watch.on("keys", lambda: told.append("keys"))
    watch.start()

    watch.look()
    watch.stop()

    assert told == []


def test_only_the_topic_that_moved_is_told_and_once(notices):
    told = []
    watch = Watch(notices, period_s=60)
    watch.on("keys", lambda: told.append("keys"))
    watch.on("snapshot", lambda: told.append("snapshot"))
    watch.start()
    notices.announce("snapshot")

    watch.look()
    watch.look()
    watch.stop()

    assert told == ["snapshot"]


def test_a_callback_that_failed_is_called_again(notices):
    outcomes = iter([RuntimeError("once"), None])

    def told():
        if (outcome := next(outcomes)) is not None:
            raise outcome

    watch = Watch(notices, period_s=60)
    watch.on("keys", told)
    watch.start()
    notices.announce("keys")

    with pytest.raises(RuntimeError):
        watch.look()
    watch.look()
    watch.stop()

    assert next(outcomes, "told twice") == "told twice"


def test_the_thread_outlives_a_database_that_goes_away(notices):
    heard = threading.Event()
    watch = Watch(notices, period_s=0.01)
    watch.on("keys", heard.set)
    watch.start()
    notices.is_away = True
    notices.announce("keys")
    assert not heard.wait(0.1)

    notices.is_away = False

    assert heard.wait(10)
    watch.stop()
