"""The clock, as an argument of what needs the time."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present time in UTC, timezone-aware."""


def utc_now() -> datetime:
    """Return the present time in UTC."""
    return datetime.now(UTC)
