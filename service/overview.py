"""Overview: what an operator wants to see of all listeners at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.db.census import Census, Counted, Day
from service.db.guesses import Guesses
from service.guesses import BinTally, SnapshotTally, StrategyTally

N_DAYS = 90


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is, and how well it is foretold.

    Attributes:
        days: The last `N_DAYS` in their order, the empty ones too.
        accuracy: How often answers were foretold rightly, by the labels learnt before.
        strategies: The same of evenly drawn tracks, by the strategy that asked.
        snapshots: The same by the snapshot that foretold.
    """

    at: datetime
    counted: Counted
    days: Sequence[Day]
    accuracy: Sequence[BinTally]
    strategies: Sequence[StrategyTally]
    snapshots: Sequence[SnapshotTally]

    @property
    def n_users(self) -> int:
        """How many users have an answer that stands."""
        return sum(crowd.n_users for crowd in self.counted.crowds)


def overview(at: datetime, *, census: Census, guesses: Guesses) -> Overview:
    """Return what there is at a moment, which is now."""
    first = at.date() - timedelta(days=N_DAYS - 1)
    since = datetime.combine(first, datetime.min.time(), tzinfo=at.tzinfo)
    busy = census.days(since)
    every = [first + timedelta(days=n) for n in range(N_DAYS)]
    return Overview(
        at=at,
        counted=census.count(),
        days=[busy.get(day, Day(day, 0, 0)) for day in every],
        accuracy=guesses.by_labels(),
        strategies=guesses.by_strategy(),
        snapshots=guesses.by_snapshot(),
    )
