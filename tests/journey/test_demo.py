"""``clients/demo.py``: what `make demo` runs."""

import sys

import pytest

from tests.journey.serving import ROOT, run

pytestmark = [pytest.mark.journey, pytest.mark.slow]


@pytest.fixture(name="demo")
def _demo(server, recordings):
    """Run the demonstration; it shares the journey's music."""
    del recordings  # or there is nothing to register
    command = [sys.executable, str(ROOT / "clients" / "demo.py"), "--url", server.url]
    environ = server.environ | {"PYTHONPATH": str(ROOT / "clients" / "python")}
    return lambda: run(command, server.folder, environ)


def test_the_demonstration_shows_something_and_the_second_time_changes_nothing(demo, server):
    first = demo()
    state = server.ask_database(STATE)

    second = demo()

    assert "28/28" in first
    assert "demo-listener has answered 10 questions" in first
    assert first.partition("that took")[2].count("curl") == 5
    assert without_seconds(second) == without_seconds(first)
    assert server.ask_database(STATE) == state


STATE = """
SELECT (SELECT revision FROM catalogue), (SELECT count(*) FROM label_event),
       (SELECT max(updated_at) FROM track)
"""


def without_seconds(printed):
    return [line for line in printed.splitlines() if "that took" not in line]
