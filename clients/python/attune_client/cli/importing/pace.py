"""How many uploads are in flight: as many as make a service faster, and no more."""

from collections.abc import Callable
from dataclasses import dataclass, field

FEWEST, MOST = 4, 16
STEP = 2
ROUND = 4
"""A step up is judged after so many arrivals for each upload in flight."""
WORTH = 1.05
"""A step up is worth it when so much more arrives in a second."""


@dataclass
class UploadConcurrency:
    """Goes up by two for as long as that pays.

    Attributes:
        in_flight: Uploads to have on their way now.
        is_fixed: Whether somebody named the number.
    """

    clock: Callable[[], float]
    in_flight: int = FEWEST
    is_fixed: bool = False
    _arrived: int = 0
    _since: float = field(init=False)
    _best: float = 0.0

    def __post_init__(self) -> None:
        self._since = self.clock()

    def arrived(self) -> None:
        """Count an upload that came to its end."""
        self._arrived += 1
        if self.is_fixed or self._arrived < ROUND * self.in_flight:
            return
        now = self.clock()
        rate = self._arrived / max(now - self._since, 1e-6)
        has_paid = rate > self._best * WORTH
        self.is_fixed = not has_paid or self.in_flight >= MOST
        if not self.is_fixed:
            self.in_flight += STEP
        elif not has_paid:
            self.in_flight = max(FEWEST, self.in_flight - STEP)
        self._best, self._arrived, self._since = rate, 0, now
