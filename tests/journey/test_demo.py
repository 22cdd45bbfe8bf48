"""``clients/demo.py``: what `make demo` runs."""

import re
import sys

import httpx
import pytest

from tests.journey.servers import ROOT, run

pytestmark = [pytest.mark.journey, pytest.mark.slow]


@pytest.fixture(name="demo")
def _demo(server, recordings):
    """Run the demonstration; it shares the journey's music."""
    del recordings  # or there is nothing to register
    command = [sys.executable, str(ROOT / "clients" / "demo.py"), "--url", server.url]
    environ = server.environ | {"PYTHONPATH": str(ROOT / "clients" / "python")}
    yield lambda: run(command, server.folder, environ)
    # Or the made-up listeners would speak to those of the other journeys.
    for user_id in ("demo-listener", "demo-friend"):
        httpx.delete(f"{server.url}/users/{user_id}", trust_env=False).raise_for_status()


def test_the_demonstration_shows_something_and_the_second_time_changes_nothing(demo, server):
    first = demo()
    state = server.ask_database(STATE)

    second = demo()

    assert "28/28" in first
    assert re.search(r"demo-friend +14 answers\n  demo-listener +20 answers\n", first)
    expected = re.search(r"It expected (\d+) of demo-listener's\s20 answers", first)
    assert int(expected[1]) > 0
    assert len(re.findall(r"\n  \S+ \S+ \S+ +\w+ +\d+% +\w+ +\d+%", first)) == 8
    assert re.search(r"comes from\n\n +\d+%  what most people hear\n", first)
    assert len(re.findall(r"\n  \S+ +\d+%", first.partition("would call sad")[2])) == 3
    assert first.count("curl") == 6
    assert all(f"{server.url}/{page}" in first for page in ("try", "annotate", "me", "dashboard"))
    assert after_registering(second) == after_registering(first)
    assert server.ask_database(STATE) == state


STATE = """
SELECT (SELECT revision FROM catalogue), (SELECT count(*) FROM label_event),
       (SELECT max(updated_at) FROM track)
"""


def after_registering(printed):
    """Return what does not depend on how long it took, nor on answers that came meanwhile."""
    return printed.partition("Two made-up listeners")[2]
