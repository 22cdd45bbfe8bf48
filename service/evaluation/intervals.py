"""Proportions of correct forecasts, with confidence intervals."""

import math
from dataclasses import dataclass

from scipy.special import ndtri, stdtrit

_UPPER = 0.975
_Z = float(ndtri(_UPPER))
ENOUGH_USERS = 2
"""Fewest users from which variation between users can be estimated."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """A proportion of ``n`` with a 95 % confidence interval.

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
    """Difference of two proportions of the same ``n``, with a 95 % confidence interval.

    Attributes:
        value: In [-1, 1]; None, as are the bounds, with too few users.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """Sums over users that suffice for proportions and intervals.

    A user has ``n`` answers with forecasts; ``h`` of them were correct by the user's model and
    ``p`` by the population model.

    Attributes:
        n_users: Number of users.
        n: Sum of ``n`` over users; the others are sums of products, ``nn`` of ``n * n``.
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
        """Proportion of correct forecasts of the users' models."""
        return _over_users(self, self.h, self.hh, self.hn)

    @property
    def population(self) -> Proportion:
        """Proportion of correct forecasts of the population model."""
        return _over_users(self, self.p, self.pp, self.pn)

    @property
    def gain(self) -> ProportionDifference:
        """Difference of the two proportions; each user is compared with themselves."""
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
    """Return the proportion of independent answers with its score interval (Wilson 1927).

    One user's answers are taken for independent.

    Returns:
        None without answers.

    >>> share = wilson(5, 10)
    >>> share.value, round(share.low, 4), round(share.high, 4)
    (0.5, 0.2366, 0.7634)
    """
    if not n:
        return None
    return _scored(hits, n, n, _Z)


def _over_users(tally: PairedCounts, hits: int, squares: int, products: int) -> Proportion:
    """Return a proportion over answers of users who are drawn independently.

    The linearised variance of a ratio of sums over clusters (Cochran 1977, 6.3) gives the
    effective number of independent answers. The score interval of that number uses Student's t
    instead of the normal quantile (as Korn and Graubard 1998 do for the exact interval). Without
    variation between users the effective number is one answer a user.
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
        tally: The users' counts.
        total: Sum of a count over users.
        squares: Sum of its squares.
        products: Sum of its products with ``n``.
    """
    ratio = total / tally.n
    residual = squares - 2.0 * ratio * products + ratio**2 * tally.nn
    # Rounding can make a sum of squares negative.
    return max(residual, 0.0) * tally.n_users / (tally.n_users - 1) / tally.n**2


def _scored(hits: int, n: int, worth: float, z: float) -> Proportion:
    value = hits / n
    centre = value + z**2 / (2 * worth)
    margin = z * math.sqrt(value * (1.0 - value) / worth + z**2 / (4 * worth**2))
    low, high = ((centre + side * margin) / (1.0 + z**2 / worth) for side in (-1.0, 1.0))
    return Proportion(n, hits, value, max(0.0, low), min(1.0, high))


def _t(n_users: int) -> float:
    return float(stdtrit(n_users - 1, _UPPER))
