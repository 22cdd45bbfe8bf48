"""Format numbers for pages."""

import math

from training.metrics import Interval

UNKNOWN = "n/a"
_LEAST_P = 0.001


def plain(interval: Interval) -> str:
    """Return a figure with its interval, or alone if the interval is unknown.

    >>> plain(Interval(0.5, 0.25, 0.75))
    '0.500 [0.250, 0.750]'
    """
    if math.isnan(interval.estimate):
        return UNKNOWN
    return f"{interval.estimate:z.3f}" if math.isnan(interval.low) else str(interval)


def signed(interval: Interval) -> str:
    """Return a difference and its interval with signs.

    >>> signed(Interval(0.5, -0.25, 0.75))
    '+0.500 [-0.250, +0.750]'
    """
    if math.isnan(interval.low):
        return f"{interval.estimate:+z.3f}"
    return f"{interval.estimate:+z.3f} {span(interval.low, interval.high)}"


def span(low: float, high: float) -> str:
    """Return the bounds of an interval with signs."""
    return UNKNOWN if math.isnan(low) else f"[{low:+z.3f}, {high:+z.3f}]"


def p_value(p: float) -> str:
    """Return a p-value to three digits.

    >>> p_value(0.00004)
    '< 0.001'
    """
    if math.isnan(p):
        return UNKNOWN
    return f"{p:.3f}" if p >= _LEAST_P else "< 0.001"


def number(value: float) -> str:
    """Return a figure to three digits.

    >>> number(float("nan"))
    'n/a'
    """
    return UNKNOWN if math.isnan(value) else f"{value:z.3f}"


def code(word: str) -> str:
    """Return a word as Markdown code."""
    return f"`{word}`"


def fixed(value: float, digits: int) -> str:
    """Return a figure with a fixed number of digits."""
    return f"{value:.{digits}f}"


def percent(share: float, digits: int = 0) -> str:
    """Return a share in per cent.

    >>> percent(0.125, 1)
    '12.5%'
    """
    return f"{share:.{digits}%}"
