"""Adapts the number of parallel uploads to the service."""

from collections.abc import Callable
from dataclasses import dataclass, field

MIN_UPLOADS, MAX_UPLOADS = 4, 16
STEP = 2
ROUND = 4
"""A step is evaluated after this many finished uploads for each parallel one."""
MIN_SPEEDUP = 1.05
"""A step is kept if the rate grows by this factor."""


@dataclass
class UploadConcurrency:
    """Adds two uploads at a time while the rate grows.

    Attributes:
        in_flight: The number of parallel uploads.
        is_fixed: Whether the number stays: the user set it, or the search has ended.
    """

    clock: Callable[[], float]
    in_flight: int = MIN_UPLOADS
    is_fixed: bool = False
    _finished: int = 0
    _since: float = field(init=False)
    _best: float = 0.0

    def __post_init__(self) -> None:
        self._since = self.clock()

    def count_finished(self) -> None:
        """Count a finished upload."""
        self._finished += 1
        if self.is_fixed or self._finished < ROUND * self.in_flight:
            return
        now = self.clock()
        rate = self._finished / max(now - self._since, 1e-6)
        is_faster = rate > self._best * MIN_SPEEDUP
        self.is_fixed = not is_faster or self.in_flight >= MAX_UPLOADS
        if not self.is_fixed:
            self.in_flight += STEP
        elif not is_faster:
            self.in_flight = max(MIN_UPLOADS, self.in_flight - STEP)
        self._best, self._finished, self._since = rate, 0, now
