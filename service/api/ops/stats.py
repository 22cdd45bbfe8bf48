"""Statistics over all users, for the operator's dashboard."""

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
    """Counts, accuracy of forecasts, and latency.

    Attributes:
        labels_per_day: The last `N_DAYS` in order, including days without labels.
        accuracy: Accuracy of forecasts by the number of labels learnt before.
        strategies: Accuracy on uniformly drawn tracks by strategy.
        snapshots: Accuracy by the snapshot that made the forecasts.
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
        """Number of users with a label."""
        return sum(bin_.n_users for bin_ in self.counted.user_bins)


@dataclass(frozen=True, slots=True, eq=False)
class StatsSources:
    """The stores that statistics are computed from."""

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
    """Return the current statistics; *served* maps a snapshot's version to its current role."""
    first = at.date() - timedelta(days=N_DAYS - 1)
    counts = sources.usage_counts.days(first)
    counted = sources.usage_counts.count()
    days = [first + timedelta(days=n) for n in range(N_DAYS)]
    return ServiceStats(
        at=at,
        counted=counted,
        labels_per_day=[counts.get(day, DailyCount(day, 0, 0)) for day in days],
        accuracy=sources.prequential_records.by_labels(),
        strategies=sources.prequential_records.by_strategy(),
        snapshots=[
            replace(each, role=served.get(each.snapshot, each.role))
            for each in sources.prequential_records.by_snapshot()
        ],
        listeners=learned_prior(snapshot, sources.calibrations, counted),
        latency=latency,
    )
