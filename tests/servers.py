"""Wait for processes that start slowly: as long as they work, not for a number of seconds."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

import psutil

BOUND_S = 600.0
"""No wait takes longer, in seconds: a process may also work for ever."""
STILL_S = 90.0
"""A process that does nothing for so many seconds is not waited for any longer."""
_TAIL = 4_000
_POLLED_EACH_S = 0.05
_WATCHED_EACH_S = 1.0


def wait_for(
    condition: Callable[[], bool], log: Path | None = None, bound_s: float = BOUND_S
) -> None:
    """Return once a condition holds; fail, with the end of the log, after ``bound_s`` seconds."""
    deadline = time.monotonic() + bound_s
    while not condition():
        assert time.monotonic() < deadline, f"It takes longer than {bound_s:g} s. {_tail(log)}"
        time.sleep(_POLLED_EACH_S)


def wait_for_process(
    process: Popen[bytes] | psutil.Popen,
    condition: Callable[[], bool],
    log: Path,
    bound_s: float = BOUND_S,
    still_s: float = STILL_S,
) -> None:
    """Return once a condition holds, for which a process works.

    The process works while it, or one that it started, takes processor time or writes to the log.

    Args:
        process: What is waited for.
        condition: Whether the wait is over; also checked once after the process has ended.
        log: What the process writes to.
        bound_s: Longest wait, in seconds.
        still_s: Longest time without any work, in seconds.

    Raises:
        AssertionError: The process has ended, stands still or takes too long. The message has the
            end of the log.
    """
    began = worked = watched = time.monotonic()
    work = _work_of(process, log)
    while True:
        status = process.poll()  # before the condition, which may hold since the last moment
        if condition():
            return
        assert status is None, f"The process has ended with status {status}. {_tail(log)}"
        now = time.monotonic()
        if now - watched >= min(_WATCHED_EACH_S, still_s / 4):
            before, work, watched = work, _work_of(process, log), now
            worked = worked if work == before else now
        assert now - worked < still_s, f"The process did nothing for {still_s:g} s. {_tail(log)}"
        assert now - began < bound_s, f"The process takes longer than {bound_s:g} s. {_tail(log)}"
        time.sleep(_POLLED_EACH_S)


def _work_of(process: Popen[bytes] | psutil.Popen, log: Path) -> tuple[int, float]:
    """Return the size of the log in bytes, and the processor time of a process tree in seconds."""
    cpu_s = 0.0
    with suppress(psutil.NoSuchProcess):
        first = psutil.Process(process.pid)
        for each in [first, *first.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                cpu_s += times.user + times.system
    return (log.stat().st_size if log.exists() else 0), cpu_s


def _tail(log: Path | None) -> str:
    if log is None or not log.exists():
        return "There is no log."
    return f"The end of {log}:\n{log.read_text(errors='replace')[-_TAIL:]}"
