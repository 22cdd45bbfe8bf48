"""Shares: how often something was right, and how surely that is known."""

import math
from dataclasses import dataclass

from scipy.special import ndtri, stdtrit

_UPPER = 0.975
_Z = float(ndtri(_UPPER))
ENOUGH_USERS = 2
"""Of fewer nobody can say how much users differ."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """How many of ``n`` were hits, with an interval of 95 %.

    Attributes:
        value: ``hits / n``.
        low: Lower bound, in [0, 1].
        high: Upper bound, in [0, 1].
    """

    n: int
    hits: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ProportionDifference:
    """By how much one share is above another of the same ``n``, with an interval of 95 %.

    Attributes:
        value: In [-1, 1]; None where there are too few users to tell, and so are the bounds.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """Sums over users of what was foretold to each: all that intervals over users need.

    Each user has ``n`` answers that were foretold; of them ``h`` were foretold rightly for this
    user, ``p`` by the population's model alone, and ``d`` is ``h - p``.

    Attributes:
        n_users: How many users there are.
        n: Sum of ``n``; the others are sums of what their names say, ``nn`` of ``n * n``.
    """

    n_users: int
    n: int
    h: int
    p: int
    nn: int
    hh: int
    pp: int
    hn: int
    pn: int
    hp: int

    @property
    def personal(self) -> Proportion:
        """How often it was foretold rightly for the users."""
        return _over_users(self, self.h, self.hh, self.hn)

    @property
    def population(self) -> Proportion:
        """How often the population's model alone was right."""
        return _over_users(self, self.p, self.pp, self.pn)

    @property
    def gain(self) -> ProportionDifference:
        """By how much the first share is above the second: users are compared with themselves."""
        if self.n_users < ENOUGH_USERS:
            return ProportionDifference(None, None, None)
        difference = self.h - self.p
        squares = self.hh - 2 * self.hp + self.pp
        value = difference / self.n
        margin = _t(self.n_users) * math.sqrt(
            _variance(self, difference, squares, self.hn - self.pn)
        )
        return ProportionDifference(value, max(-1.0, value - margin), min(1.0, value + margin))


def wilson(hits: int, n: int) -> Proportion | None:
    """Return the share of independent answers, as one listener's are taken for.

    The interval is the score interval (Wilson 1927).

    Returns:
        None where there is nothing to share.

    >>> share = wilson(5, 10)
    >>> share.value, round(share.low, 4), round(share.high, 4)
    (0.5, 0.2366, 0.7634)
    """
    if not n:
        return None
    return _scored(hits, n, n, _Z)


def _over_users(tally: PairedCounts, hits: int, squares: int, products: int) -> Proportion:
    """Return a share of which the users, and not their answers, are drawn independently.

    The variance of a ratio of sums over clusters, linearised (Cochran 1977, 6.3), tells how many
    independent answers the users' are worth; of so many, the score interval, with Student's t in
    the place of the normal (as Korn and Graubard 1998 do with the exact one). Answers that do not
    vary between users are worth one a user.
    """
    if tally.n_users < ENOUGH_USERS:
        return _scored(hits, tally.n, tally.n, _Z)
    value = hits / tally.n
    variance = _variance(tally, hits, squares, products)
    worth = value * (1.0 - value) / variance if variance else float(tally.n_users)
    return _scored(hits, tally.n, min(max(worth, 1.0), tally.n), _t(tally.n_users))


def _variance(tally: PairedCounts, total: int, squares: int, products: int) -> float:
    """Return the variance of ``total / n`` over users.

    Args:
        tally: Whose users.
        total: Sum of a count over users.
        squares: Sum of its squares.
        products: Sum of its products with ``n``.
    """
    ratio = total / tally.n
    residual = squares - 2.0 * ratio * products + ratio**2 * tally.nn
    # Rounding can make a sum of squares less than nothing.
    return max(residual, 0.0) * tally.n_users / (tally.n_users - 1) / tally.n**2


def _scored(hits: int, n: int, worth: float, z: float) -> Proportion:
    value = hits / n
    centre = value + z**2 / (2 * worth)
    margin = z * math.sqrt(value * (1.0 - value) / worth + z**2 / (4 * worth**2))
    low, high = ((centre + side * margin) / (1.0 + z**2 / worth) for side in (-1.0, 1.0))
    return Proportion(n, hits, value, max(0.0, low), min(1.0, high))


def _t(n_users: int) -> float:
    return float(stdtrit(n_users - 1, _UPPER))
