"""Overview: what an operator wants to see of all listeners at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.snapshot import Snapshot
from service.api.ops.learned_priors import LearnedPrior, learned_prior
from service.db.calibrations import Calibrations
from service.db.counts import DailyCount, UsageCounts, UsageTotals
from service.db.forecasts import PrequentialRecords
from service.evaluation.prequential import BinTally, SnapshotTally, StrategyTally
from service.observability.latency import RouteLatency

N_DAYS = 90


@dataclass(frozen=True, slots=True)
class ServiceStats:
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
    counted: UsageTotals
    labels_per_day: Sequence[DailyCount]
    accuracy: Sequence[BinTally]
    strategies: Sequence[StrategyTally]
    snapshots: Sequence[SnapshotTally]
    listeners: LearnedPrior
    latency: Sequence[RouteLatency]

    @property
    def n_users(self) -> int:
        """How many users have an answer that stands."""
        return sum(crowd.n_users for crowd in self.counted.user_bins)


@dataclass(frozen=True, slots=True, eq=False)
class StatsSources:
    """Where an overview is read from.

    Attributes:
        usage_counts: Counts what there is.
        prequential_records: Tells what was foretold.
        calibrations: Tells what was learnt of listeners.
    """

    usage_counts: UsageCounts
    prequential_records: PrequentialRecords
    calibrations: Calibrations


def service_stats(
    at: datetime,
    sources: StatsSources,
    snapshot: Snapshot,
    *,
    served: Mapping[str, str],
    latency: Sequence[RouteLatency],
) -> ServiceStats:
    """Return what there is at a moment, which is now.

    Args:
        at: The moment.
        sources: Where it is read from.
        snapshot: What most users are answered with.
        served: What snapshots serve as now, by their version.
        latency: Of routes.
    """
    first = at.date() - timedelta(days=N_DAYS - 1)
    since = datetime.combine(first, datetime.min.time(), tzinfo=at.tzinfo)
    busy = sources.usage_counts.days(since)
    counted = sources.usage_counts.count()
    every = [first + timedelta(days=n) for n in range(N_DAYS)]
    return ServiceStats(
        at=at,
        counted=counted,
        labels_per_day=[busy.get(day, DailyCount(day, 0, 0)) for day in every],
        accuracy=sources.prequential_records.by_labels(),
        strategies=sources.prequential_records.by_strategy(),
        snapshots=[
            replace(each, role=served.get(each.snapshot, each.role))
            for each in sources.prequential_records.by_snapshot()
        ],
        listeners=learned_prior(snapshot, sources.calibrations, counted),
        latency=latency,
    )
