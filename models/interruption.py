"""Interruption: long computations ask between two parts whether anybody still wants the result.

Models know no requests and no deadlines. Whoever starts a computation says what is asked::

    with interruptible(check):
        features = extractor.audio(file)  # `check` may raise, which ends the computation
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Check = Callable[[], object]
_CHECK: ContextVar[Check] = ContextVar("check", default=lambda: None)


@contextmanager
def interruptible(check: Check) -> Iterator[None]:
    """Let ``check`` end the computations of the block, in this thread, by an exception."""
    token = _CHECK.set(check)
    try:
        yield
    finally:
        _CHECK.reset(token)


def check_interrupted() -> None:
    """Raise what the check of the enclosing :func:`interruptible` raises; else do nothing."""
    _CHECK.get()()
