"""``clients/demo.py``: what `make demo` runs."""

import re
import sys

import httpx
import pytest

from tests.journey.serving import ROOT, run

pytestmark = [pytest.mark.journey, pytest.mark.slow]


@pytest.fixture(name="demo")
def _demo(server, recordings):
    """Run the demonstration; it shares the journey's music."""
    del recordings  # or there is nothing to register
    command = [sys.executable, str(ROOT / "clients" / "demo.py"), "--url", server.url]
    environ = server.environ | {"PYTHONPATH": str(ROOT / "clients" / "python")}
    yield lambda: run(command, server.folder, environ)
    # Or the made-up listener would speak to those of the other journeys.
    httpx.delete(f"{server.url}/users/demo-listener", trust_env=False).raise_for_status()


def test_the_demonstration_shows_something_and_the_second_time_changes_nothing(demo, server):
    first = demo()
    state = server.ask_database(STATE)

    second = demo()

    assert "28/28" in first
    assert "demo-listener has answered 10 questions" in first
    assert re.search(r"\n  It is made of \d+% what everybody hears, \d+%", first)
    assert re.search(r"\n  In 80% of such cases it is (happy|tense|sad|calm)", first)
    assert len(re.findall(r"\n  \S+ +\d+%", first.partition("would call sad")[2])) == 3
    assert first.partition("that took")[2].count("curl") == 6
    assert without_seconds(second) == without_seconds(first)
    assert server.ask_database(STATE) == state


STATE = """
SELECT (SELECT revision FROM catalogue), (SELECT count(*) FROM label_event),
       (SELECT max(updated_at) FROM track)
"""


def without_seconds(printed):
    return [line for line in printed.splitlines() if "that took" not in line]
