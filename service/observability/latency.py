"""Latency: how long routes take, as all workers have measured it since they were started."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

_HISTOGRAM = "attune_request_seconds"
_BUCKET = f"{_HISTOGRAM}_bucket"


@dataclass(frozen=True, slots=True)
class RouteLatency:
    """How long answering takes.

    Attributes:
        n: How many requests were answered.
        p50_s: Half of them took no longer, in seconds; the others mean the same of 95 and 99 %.
    """

    method: str
    route: str
    n: int
    p50_s: float
    p95_s: float
    p99_s: float


def latencies(exposition: str) -> list[RouteLatency]:
    """Return the latency of every route that was asked for, those asked most first.

    Args:
        exposition: The metrics in Prometheus' text format.
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
    """Return how long a share ``q`` of requests took at most, interpolated within a bucket.

    Requests of a bucket are taken to be spread evenly over it. Beyond the last finite bound
    nothing is known: that bound is the answer (both as Prometheus' ``histogram_quantile``).

    Args:
        q: In (0, 1].
        buckets: Upper bound in seconds to how many took no longer; the last is infinity's.

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
            return min(upper, lower + (upper - lower) * inside)  # rounding must not lead out
    return 0.0


def _latency(key: tuple[str, str], buckets: Mapping[float, float]) -> RouteLatency:
    p50_s, p95_s, p99_s = (quantile(q, buckets) for q in (0.50, 0.95, 0.99))
    return RouteLatency(*key, int(buckets[math.inf]), p50_s, p95_s, p99_s)
