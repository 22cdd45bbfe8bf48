"""Latency of routes over all workers since they started."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

_HISTOGRAM = "attune_request_seconds"
_BUCKET = f"{_HISTOGRAM}_bucket"


@dataclass(frozen=True, slots=True)
class RouteLatency:
    """Latency of a route.

    Attributes:
        n: Number of answered requests.
        p50_s: Median in seconds; the others are the 95th and 99th percentile.
    """

    method: str
    route: str
    n: int
    p50_s: float
    p95_s: float
    p99_s: float


def latencies(exposition: str) -> list[RouteLatency]:
    """Return the latency of every requested route, the most requested first.

    Args:
        exposition: Metrics in Prometheus' text format.
    """
    routes: dict[tuple[str, str], dict[float, float]] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples if family.name == _HISTOGRAM else ():
            if sample.name == _BUCKET:
                key = sample.labels["method"], sample.labels["route"]
                routes.setdefault(key, {})[float(sample.labels["le"])] = sample.value
    found = [_latency(key, buckets) for key, buckets in routes.items() if buckets[math.inf]]
    return sorted(found, key=lambda each: (-each.n, each.route, each.method))


def quantile(q: float, buckets: Mapping[float, float]) -> float:
    """Return a quantile in seconds, interpolated within a bucket.

    Requests are assumed to be spread evenly over their bucket. A quantile beyond the last finite
    bound is that bound (both as Prometheus' ``histogram_quantile``).

    Args:
        q: In (0, 1].
        buckets: Cumulative counts by upper bound in seconds; the last bound is infinity.

    >>> quantile(0.5, {0.1: 4, 0.2: 8, math.inf: 8}), quantile(0.5, {0.1: 0, math.inf: 2})
    (0.1, 0.1)
    """
    rank = q * buckets[math.inf]
    steps: Sequence[tuple[float, float]] = [(0.0, 0.0), *sorted(buckets.items())]
    for (lower, below), (upper, through) in pairwise(steps):
        if through >= rank and through > below:
            if math.isinf(upper):
                return lower
            inside = (rank - below) / (through - below)
            return min(upper, lower + (upper - lower) * inside)  # rounding must not exceed it
    return 0.0


def _latency(key: tuple[str, str], buckets: Mapping[float, float]) -> RouteLatency:
    p50_s, p95_s, p99_s = (quantile(q, buckets) for q in (0.50, 0.95, 0.99))
    return RouteLatency(*key, int(buckets[math.inf]), p50_s, p95_s, p99_s)
