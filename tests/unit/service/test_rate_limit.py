"""The pace of keys: exact by the clock, and over several processes."""

import multiprocessing
import time
from collections import Counter
from contextlib import ExitStack, closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.auth.rate_limit import FILE, N_KEYS, RateLimiter

SECOND = 1_000_000_000


class Hand:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = 5 * SECOND

    def __call__(self):
        return self.now


@pytest.fixture(name="pace_in")
def _pace_in(clock):
    """Makes the pace of one worker more."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(closing(RateLimiter(folder, clock=clock)))


@pytest.fixture(name="clock")
def _clock():
    return Hand()


def let_through(pace, key_id, rate, n):
    return [pace.wait_s(key_id, rate) for _ in range(n)].count(0)


@pytest.mark.parametrize(("rate", "burst"), [(10, 10), (3, 3), (1, 1), (0.1, 1), (2.5, 2)])
def test_a_rested_key_gets_a_second_s_worth_at_once_and_at_least_one(clock, rate, burst):
    assert let_through(RateLimiter(None, clock=clock), "ana", rate, 50) == burst


def test_a_key_that_waits_as_it_is_told_gets_through(clock):
    pace = RateLimiter(None, clock=clock)

    assert [pace.wait_s("ana", 0.25) for _ in range(2)] == [0, 4]
    clock.now += 4 * SECOND - 1
    assert pace.wait_s("ana", 0.25) == 1
    clock.now += 1

    assert pace.wait_s("ana", 0.25) == 0


def test_whoever_is_refused_waits_at_least_a_second(clock):
    pace = RateLimiter(None, clock=clock)
    let_through(pace, "ana", 1_000, 1_000)

    assert pace.wait_s("ana", 1_000) == 1


@given(
    rate=st.floats(0.5, 50),
    gaps=st.lists(st.integers(0, SECOND), min_size=1, max_size=40),
)
def test_in_any_stretch_a_key_gets_its_rate_and_a_burst(rate, gaps):
    clock = Hand()
    pace = RateLimiter(None, clock=clock)
    times = []
    for gap in gaps:
        clock.now += gap
        times += [clock.now] if pace.wait_s("ana", rate) == 0 else []

    for first, begun in enumerate(times):
        for n, now in enumerate(times[first:], start=1):
            # A step is cut to whole nanoseconds, so a hair more than the rate may get through.
            assert n <= max(1, rate) + rate * (now - begun) / SECOND + 1e-3


def test_a_worker_that_starts_again_goes_on_counting(tmp_path, pace_in):
    assert let_through(pace_in(tmp_path), "ana", 5, 3) == 3

    assert let_through(pace_in(tmp_path), "ana", 5, 5) == 2


def test_what_is_left_from_before_the_machine_restarted_does_not_count(tmp_path, clock, pace_in):
    clock.now = 1_000_000 * SECOND
    let_through(pace_in(tmp_path), "ana", 5, 5)

    clock.now = SECOND

    assert let_through(pace_in(tmp_path), "ana", 5, 10) == 5


def test_the_file_is_this_user_s_alone_and_does_not_grow(tmp_path, pace_in):
    pace = pace_in(tmp_path)
    size = (tmp_path / FILE).stat().st_size
    for n in range(N_KEYS + 10):  # the last ones share
        pace.wait_s(f"key-{n}", 1)

    assert (tmp_path / FILE).stat().st_size == size
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_all_workers_of_a_machine_share_one_count(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        began = time.monotonic_ns()
        message = pool.map(_hammer, [(tmp_path, 200.0, 1_000)] * 2)
        took_s = (time.monotonic_ns() - began) / SECOND

    let = sum((Counter(each) for each in message), Counter())

    assert let["ana"] <= 200 * (1 + took_s) + 1
    assert let["ben"] <= 200 * (1 + took_s) + 1
    assert min(let.values()) >= 200


def _hammer(message):
    folder, rate, n = message
    with closing(RateLimiter(folder)) as pace:
        asked = ("ana", "ben") * n
        return [key_id for key_id in asked if not pace.wait_s(key_id, rate)]
