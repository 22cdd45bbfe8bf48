"""A thousand connections ask for twice as much as the service can do."""

from statistics import median

import numpy as np

from tests.stress.flood import WEIGHTS, Orders, Outcome, flood, flooded, stock
from tests.stress.gauges import Gauges, Probes, pids
from tests.stress.keys import ADMIN, bearer, make_key
from tests.stress.plan import BOTH, Bound, Plan
from tests.stress.table import Row

NAME = "load"
DATABASES = BOTH
BOUND = Bound(full_s=240, short_s=60)
SEED = 8
FEW = 64
"""Connections that find what the service can do: enough that no worker ever waits."""
FEW_SLOTS = "16"
"""Calls in progress at a time, in a short run: else a hundred connections are not too many."""


def run(plan: Plan) -> list[Row]:
    """Find the capacity, and ask for twice of it."""
    settings = {"ATTUNE_MAX_CONCURRENCY": FEW_SLOTS} if plan.is_short else {}
    with plan.served(plan.new_database(), workers=2, settings=settings) as served:
        headers = bearer(make_key(served, ADMIN))
        stock(served.port, headers)
        before = pids(served)
        flood(Orders(served.port, FEW, plan.size(5.0, 1.0), None, SEED, headers))  # warms up
        calm = flood(Orders(served.port, FEW, plan.size(20.0, 2.0), None, SEED + 1, headers))
        capacity = calm.accepted_a_second
        plan.say(f"can do {capacity:.0f} calls a second; is asked for more")
        orders = Orders(
            served.port,
            plan.size(1_000, 100),
            plan.size(60.0, 5.0),
            plan.size(2.0, 4.0) * capacity,
            SEED + 2,
            headers,
        )
        with Gauges(served) as gauges, Probes(served.port) as probes, flooded(orders) as future:
            wild = future.result()
        died = before - pids(served)
    for each in [*calm.wrong, *wild.wrong, *probes.failures[:5]]:
        plan.say(each)
    return [
        *_offered(plan, orders, capacity, wild),
        *answered(plan, wild),
        plan.at_least(
            "done of the capacity", wild.accepted_a_second / capacity, plan.size(0.5, 0.2)
        ),
        plan.exactly("probes that failed", len(probes.failures)),
        plan.stated(
            "slowest of the probes", f"{max(probes.took_s):.2f} s of {len(probes.took_s)}"
        ),
        plan.stated("memory of the workers before", f"{gauges.readings[0].rss_mb:,.0f} MB"),
        plan.at_most(
            "peak of their memory, of that before", gauges.peak_mb / gauges.readings[0].rss_mb, 1.5
        ),
        plan.exactly("workers that died", len(died)),
    ]


def _offered(plan: Plan, orders: Orders, capacity: float, wild: Outcome) -> list[Row]:
    return [
        plan.stated("capacity, mixed calls", f"{capacity:.0f} a second"),
        plan.at_least(
            "asked for, of the capacity", wild.sent_a_second / capacity, plan.size(1.8, 1.0)
        ),
        plan.at_least("refused, so that it was too much", len(wild.refused_s), 1),
        plan.stated("connections", f"{orders.n_connections:,}"),
        plan.stated("of these open at once, median", f"{median(wild.n_open):,.0f}"),
    ]


def answered(plan: Plan, outcome: Outcome) -> list[Row]:
    """Return the rows about answers and the time they took."""
    times = outcome.all_accepted_s
    told = ", ".join(f"{n:,} x {status}" for status, n in sorted(outcome.statuses.items()))
    return [
        plan.stated("answers", told),
        plan.stated("accepted", f"{len(times) / outcome.n_sent:.0%}"),
        plan.exactly("answers but success, 429 or 503 with Retry-After", outcome.n_wrong),
        plan.exactly("connections broken", outcome.n_broken),
        plan.stated("accepted calls, p50 / p99", _percentiles(times)),
        *(
            plan.stated(f"accepted {kind}, p50 / p99", _percentiles(outcome.accepted_s[kind]))
            for kind in WEIGHTS
        ),
        plan.stated("refused calls, p50 / p99", _percentiles(outcome.refused_s)),
    ]


def _percentiles(times_s: list[float]) -> str:
    if not times_s:
        return "none"
    low, high = np.percentile(times_s, [50, 99]) * 1e3
    return f"{low:,.0f} / {high:,.0f} ms"
