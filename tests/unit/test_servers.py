"""Waiting for processes in tests."""

import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from tests.servers import wait_for_process

SILENCE_S = 2.0
PRINTS = """
import time
for _ in range(12):
    print("starting", flush=True)
    time.sleep(0.25)
print("ready", flush=True)
time.sleep(60)
"""
SLEEPS = "import time; print('asleep', flush=True); time.sleep(60)"
FAILS = "raise SystemExit('no weights here')"


@contextmanager
def process_of(script, log):
    with log.open("wb") as file:
        process = subprocess.Popen([sys.executable, "-c", script], stdout=file, stderr=file)  # noqa: S603  # a fake server
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_process_is_waited_for_while_it_prints(tmp_path):
    log = tmp_path / "log"

    with process_of(PRINTS, log) as process:
        wait_for_process(process, lambda: "ready" in log.read_text(), log, still_s=SILENCE_S)

    assert log.read_text().count("starting") == 12


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param(FAILS, "status 1(?s:.*)no weights here", id="it has ended"),
        pytest.param(SLEEPS, "did nothing for 2 s(?s:.*)asleep", id="it does nothing"),
    ],
)
def test_a_process_that_cannot_succeed_is_given_up_with_its_log(tmp_path, script, message):
    log = tmp_path / "log"
    began = time.monotonic()

    with process_of(script, log) as process, pytest.raises(AssertionError, match=message):
        wait_for_process(process, lambda: False, log, still_s=SILENCE_S)

    assert time.monotonic() - began < 60
