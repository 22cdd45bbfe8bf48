"""What is compared after the harm does tell a loss from none."""

import pytest

from tests.stress import truth
from tests.stress.plan import Plan
from tests.stress.table import failed
from tests.stress.tellers import Journal, Script

SCRIPT = Script(n_clients=2, n_posts=60, n_users=5, n_tracks=4)


@pytest.fixture(name="plan")
def _plan(tmp_path):
    return Plan("kills", "sqlite", tmp_path, is_short=True)


@pytest.fixture(name="journal")
def _journal():
    """Two clients; nothing that the second sent was acknowledged."""
    known, unknown = (list(SCRIPT.posts_of(client)) for client in range(2))
    return Journal(acknowledged=known, unacknowledged=unknown)


@pytest.fixture(name="events")
def _events(journal):
    """What was acknowledged, as it lies in the log."""
    return [(*key, said) for key, said in truth.events_of(journal.acknowledged).items()]


def test_the_same_script_tells_the_same(journal):
    assert list(SCRIPT.posts_of(0)) == journal.acknowledged


def test_a_log_of_all_that_was_acknowledged_holds(plan, journal, events):
    assert not failed(truth.recorded(plan, journal, truth.Log(events)))


def test_what_was_not_acknowledged_may_be_there_once(plan, journal, events):
    [(key, said), *_] = truth.events_of(journal.unacknowledged).items()

    once, twice = (truth.Log([*events, *([(*key, said)] * n)]) for n in (1, 2))

    assert not failed(truth.recorded(plan, journal, once))
    assert failed(truth.recorded(plan, journal, twice))


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
def test_a_log_that_differs_is_noticed(plan, journal, events, spoil):
    assert failed(truth.recorded(plan, journal, truth.Log(spoil(events))))


def test_votes_are_those_of_each_users_last_word():
    log = truth.Log(
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
