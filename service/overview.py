"""Overview: what an operator wants to see of all listeners at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.db.census import Census, Counted, Day
from service.db.guesses import Guesses
from service.guesses import BinTally, SnapshotTally, StrategyTally
from service.latency import RouteLatency
from service.learnt import Learnt

N_DAYS = 90


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is, and how well it is foretold.

    Attributes:
        labels_per_day: The last `N_DAYS` in their order, the empty ones too.
        accuracy: How often answers were foretold rightly, by the labels learnt before.
        strategies: The same of evenly drawn tracks, by the strategy that asked.
        snapshots: The same by the snapshot that foretold.
        listeners: What was learnt of them all.
        latency: Of routes.
    """

    at: datetime
    counted: Counted
    labels_per_day: Sequence[Day]
    accuracy: Sequence[BinTally]
    strategies: Sequence[StrategyTally]
    snapshots: Sequence[SnapshotTally]
    listeners: Learnt
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
    learnt: Callable[[Counted], Learnt],
    latency: Sequence[RouteLatency],
) -> Overview:
    """Return what there is at a moment, which is now.

    Args:
        at: The moment.
        census: Counts what there is.
        guesses: Tells what was foretold.
        served: What snapshots serve as now, by their version.
        learnt: Returns what was learnt of so many listeners.
        latency: Of routes.
    """
    first = at.date() - timedelta(days=N_DAYS - 1)
    since = datetime.combine(first, datetime.min.time(), tzinfo=at.tzinfo)
    busy = census.days(since)
    counted = census.count()
    every = [first + timedelta(days=n) for n in range(N_DAYS)]
    return Overview(
        at=at,
        counted=counted,
        labels_per_day=[busy.get(day, Day(day, 0, 0)) for day in every],
        accuracy=guesses.by_labels(),
        strategies=guesses.by_strategy(),
        snapshots=[
            replace(each, role=served.get(each.snapshot, each.role))
            for each in guesses.by_snapshot()
        ],
        listeners=learnt(counted),
        latency=latency,
    )
