"""The clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns now, timezone-aware, in UTC."""


def utc_now() -> datetime:
    """Return now, in UTC."""
    return datetime.now(UTC)
