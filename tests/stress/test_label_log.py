"""The comparison of the log with what was acknowledged notices a loss."""

import pytest

from tests.stress import label_log
from tests.stress.clients import Journal, Workload
from tests.stress.context import Context
from tests.stress.report import failed

WORKLOAD = Workload(n_clients=2, n_posts=60, n_users=5, n_tracks=4)


@pytest.fixture(name="context")
def _context(tmp_path):
    return Context("kills", "sqlite", tmp_path, is_short=True)


@pytest.fixture(name="journal")
def _journal():
    """Two clients; no post of the second was acknowledged."""
    known, unknown = (list(WORKLOAD.posts_of(number)) for number in range(2))
    return Journal(acknowledged=known, unacknowledged=unknown)


@pytest.fixture(name="events")
def _events(journal):
    """The acknowledged events as the log holds them."""
    return [(*key, label) for key, label in label_log.events_of(journal.acknowledged).items()]


def test_a_log_of_all_acknowledged_events_holds(context, journal, events):
    assert not failed(label_log.check_events(context, journal, label_log.Log(events)))


def test_an_unacknowledged_event_may_be_in_the_log_once(context, journal, events):
    [(key, label), *_] = label_log.events_of(journal.unacknowledged).items()

    once, twice = (label_log.Log([*events, *([(*key, label)] * n)]) for n in (1, 2))

    assert not failed(label_log.check_events(context, journal, once))
    assert failed(label_log.check_events(context, journal, twice))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda events: events[1:], id="missing"),
        pytest.param(lambda events: [*events, events[0]], id="twice"),
        pytest.param(lambda events: [*events, ("somebody", "x", events[0][2])], id="unknown"),
        pytest.param(
            lambda events: [(*events[0][:2], ("song-000", "Q1", 2.0, 2.0)), *events[1:]],
            id="altered",
        ),
    ],
)
def test_a_log_that_differs_is_noticed(context, journal, events, spoil):
    assert failed(label_log.check_events(context, journal, label_log.Log(spoil(events))))


def test_votes_are_those_of_each_users_last_label():
    log = label_log.Log(
        [
            ("ana", "1", ("a", "Q1", None, None)),
            ("ben", "1", ("a", "Q1", None, None)),
            ("ana", "2", ("a", "Q3", None, None)),
            ("ben", "2", ("b", "Q2", None, None)),
            ("ben", "3", ("b", None, None, None)),
            ("cleo", "1", ("a", "Q1", 0.0, 0.0)),
        ]
    )

    assert log.votes() == {"a": [1.25, 0.25, 1.25, 0.25]}
