"""Overview: what an operator wants to see of all listeners at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from service.guesses import BinTally, Guesses, SnapshotTally, StrategyTally
from service.latency import RouteLatency

N_DAYS = 90

USERS_BY_LABELS: tuple[tuple[int, int | None], ...] = (
    (1, 4),
    (5, 9),
    (10, 19),
    (20, 49),
    (50, 99),
    (100, None),
)
"""How many tracks a user's answers stand for, from and to; None is without end."""


@dataclass(frozen=True, slots=True)
class Day:
    """What was answered on a day in UTC: corrections count, what took answers back does not."""

    day: date
    n_labels: int
    n_users: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many users have so many labels; ``to_labels`` is None without end."""

    from_labels: int
    to_labels: int | None
    n_users: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How much there is.

    Attributes:
        n_labels: Answers that stand, of all users.
        n_tracks: Tracks that are shown.
        crowds: Users with an answer that stands, in the bins of `USERS_BY_LABELS`; all are there.
    """

    n_labels: int
    n_tracks: int
    crowds: Sequence[Crowd]


class Census(Protocol):
    """Counts what there is."""

    def count(self) -> Counted:
        """Return how much there is now."""
        ...

    def days(self, since: datetime) -> Mapping[date, Day]:
        """Return the days since a moment on which something was answered."""
        ...


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is, and how well it is foretold.

    Attributes:
        labels_per_day: The last `N_DAYS` in their order, the empty ones too.
        accuracy: How often answers were foretold rightly, by the labels learnt before.
        strategies: The same of evenly drawn tracks, by the strategy that asked.
        snapshots: The same by the snapshot that foretold.
        latency: Of routes.
    """

    at: datetime
    counted: Counted
    labels_per_day: Sequence[Day]
    accuracy: Sequence[BinTally]
    strategies: Sequence[StrategyTally]
    snapshots: Sequence[SnapshotTally]
    latency: Sequence[RouteLatency]

    @property
    def n_users(self) -> int:
        """How many users have an answer that stands."""
        return sum(crowd.n_users for crowd in self.counted.crowds)


def overview(
    at: datetime,
    *,
    census: Census,
    guesses: Guesses,
    served: Mapping[str, str],
    latency: Sequence[RouteLatency],
) -> Overview:
    """Return what there is at a moment, which is now.

    Args:
        at: The moment.
        census: Counts what there is.
        guesses: Tells what was foretold.
        served: What snapshots serve as now, by their version.
        latency: Of routes.
    """
    first = at.date() - timedelta(days=N_DAYS - 1)
    since = datetime.combine(first, datetime.min.time(), tzinfo=at.tzinfo)
    busy = census.days(since)
    every = [first + timedelta(days=n) for n in range(N_DAYS)]
    return Overview(
        at=at,
        counted=census.count(),
        labels_per_day=[busy.get(day, Day(day, 0, 0)) for day in every],
        accuracy=guesses.by_labels(),
        strategies=guesses.by_strategy(),
        snapshots=[
            replace(each, role=served.get(each.snapshot, each.role))
            for each in guesses.by_snapshot()
        ],
        latency=latency,
    )
