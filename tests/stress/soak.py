"""Ten minutes of what the service can well do: what it takes by then, it keeps."""

from collections.abc import Sequence

import numpy as np

from tests.stress.flood import Orders, flood, flooded, stock
from tests.stress.gauges import Gauges, Reading, pids, third
from tests.stress.keys import ADMIN, bearer, make_key
from tests.stress.load import FEW, answered
from tests.stress.plan import BOTH, Bound, Plan
from tests.stress.table import Row

NAME = "soak"
DATABASES = BOTH
BOUND = Bound(full_s=800, short_s=60)
SEED = 9
N_CONNECTIONS = 64
WELL = 0.7
"""Of the capacity: what is asked for."""
MORE_FILES, MORE_THREADS = 8, 2
"""By how many these may differ from one third of the time to the next."""


def run(plan: Plan) -> list[Row]:
    """Ask for a while, and read the gauges."""
    with plan.served(plan.new_database(), workers=2) as served:
        headers = bearer(make_key(served, ADMIN))
        stock(served.port, headers)
        before = pids(served)
        calm = flood(Orders(served.port, FEW, plan.size(15.0, 2.0), None, SEED, headers))
        rate = WELL * calm.accepted_a_second
        orders = Orders(
            served.port, N_CONNECTIONS, plan.size(600.0, 10.0), rate, SEED + 1, headers
        )
        plan.say(f"{orders.seconds:.0f} s at {rate:.0f} calls a second begin")
        with flooded(orders) as future, Gauges(served, each_s=plan.size(1.0, 0.25)) as gauges:
            outcome = future.result()
        died = before - pids(served)
    for each in outcome.wrong:
        plan.say(each)
    return [
        plan.stated("asked for", f"{outcome.sent_a_second:.0f} calls a second"),
        *answered(plan, outcome),
        *_flat(plan, gauges.readings),
        plan.exactly("workers that died", len(died)),
    ]


def _flat(plan: Plan, readings: Sequence[Reading]) -> list[Row]:
    second, last = third(readings, 1), third(readings, 2)
    growth = last.rss_mb / second.rss_mb - 1
    return [
        plan.stated("memory of the workers, second third", f"{second.rss_mb:,.0f} MB"),
        plan.at_most(
            "growth from the second third to the last", 100 * growth, plan.size(2.0, 10.0), "%"
        ),
        plan.stated("slope over the second half", f"{_slope_mb_h(readings):+,.1f} MB an hour"),
        plan.at_most("more open files", last.n_files - second.n_files, MORE_FILES),
        plan.at_most("more threads", last.n_threads - second.n_threads, MORE_THREADS),
    ]


def _slope_mb_h(readings: Sequence[Reading]) -> float:
    half = readings[len(readings) // 2 :]
    at_h = np.array([each.at_s for each in half]) / 3600
    return float(np.polyfit(at_h - at_h[0], [each.rss_mb for each in half], 1)[0])
