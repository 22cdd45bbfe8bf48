"""Checks of what every answer needs: bounded in time, and not queued behind work."""

import logging
from threading import Event

import anyio
import pytest

from service.observability.health import Check, CheckTiming, Health

AT_ONCE = CheckTiming(fresh_s=0.0, patience_s=30.0, stands_s=15.0)
IMPATIENT = CheckTiming(fresh_s=0.0, patience_s=0.01, stands_s=15.0)


class Seconds:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Probe:
    """Fails, or hangs, when it is told to."""

    def __init__(self):
        self.n_asked = 0
        self.error = None
        self.may_go_on = Event()
        self.may_go_on.set()

    def __call__(self):
        self.n_asked += 1
        self.may_go_on.wait(30)
        if self.error:
            raise self.error


@pytest.fixture(name="probe")
def _probe():
    probe = Probe()
    yield probe
    probe.may_go_on.set()


def verdicts(check, n=1):
    async def ask():
        return [await check.status() for _ in range(n)]

    return anyio.run(ask)


def test_what_comes_back_is_ok_again(probe, caplog):
    check = Check("database", probe, AT_ONCE)
    probe.error = OSError("the disk is full")
    failed = verdicts(check, 2)
    probe.error = None

    assert failed + verdicts(check) == ["failed", "failed", "ok"]
    reply = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert reply == [
        "The check of the database fails: the disk is full",
        "The check of the database succeeds again",
    ]


def test_what_hangs_is_silent_and_asked_once(probe):
    probe.may_go_on.clear()

    assert verdicts(Check("database", probe, IMPATIENT), 3) == ["silent"] * 3
    assert probe.n_asked == 1


def test_a_good_verdict_stands_for_a_while_when_the_next_is_late(probe):
    clock = Seconds()
    check = Check("database", probe, IMPATIENT, clock=clock)
    verdicts(Check("warm", probe, AT_ONCE))
    probe.may_go_on.set()

    async def ask():
        while await check.status() != "ok":
            await anyio.sleep(0)
        probe.may_go_on.clear()
        clock.now = 14.9
        standing = await check.status()
        clock.now = 15.1
        return standing, await check.status()

    assert anyio.run(ask) == ("ok", "silent")


def test_a_verdict_is_told_again_while_it_is_fresh(probe):
    clock = Seconds()
    check = Check("database", probe, CheckTiming(fresh_s=1.0, patience_s=30.0), clock=clock)

    assert verdicts(check, 100) == ["ok"] * 100
    n_before = probe.n_asked
    clock.now = 1.0
    verdicts(check)

    assert (n_before, probe.n_asked) == (1, 2)


def test_a_check_that_hangs_does_not_keep_the_others_waiting(probe):
    probe.may_go_on.clear()
    health = Health(Check("database", probe, IMPATIENT), Check("encoders", lambda: 1, AT_ONCE))

    assert anyio.run(health.check) == {"database": "silent", "encoders": "ok"}


def test_those_who_ask_at_once_share_an_answer(probe):
    check = Check("database", probe, AT_ONCE)
    probe.may_go_on.clear()
    found = []

    async def ask():
        found.append(await check.status())

    async def all_at_once():
        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(ask)
            await anyio.sleep(0.01)
            probe.may_go_on.set()

    anyio.run(all_at_once)

    assert found == ["ok"] * 50
    assert probe.n_asked == 1
