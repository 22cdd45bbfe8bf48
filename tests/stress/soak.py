"""Minutes at 70 % of the capacity: what the workers, and PostgreSQL, use does not grow."""

from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np

from service.db.database import most_connections
from tests.stress.context import BOTH, Context
from tests.stress.keys import admin
from tests.stress.load import TRACKS, Load, answers, capacity
from tests.stress.monitor import Monitor, Reading, ServerMonitor, third
from tests.stress.report import Row

DATABASES = BOTH
LIMIT_S = 900.0, 120.0
N_WORKERS, N_THREADS = 2, 4
N_CONNECTIONS = 64
SHARE = 0.7
MORE_FILES, MORE_THREADS = 8, 2
"""Allowed differences between the second and the last third."""
TIMES = 1.5, 10.0
"""Size of tables whose number of rows stays the same, in the last third, of that in the second."""


def run(context: Context) -> list[Row]:
    """Send calls for a while, and watch what the workers use."""
    database_url, settings = context.new_database(), {"ATTUNE_THREADS": str(N_THREADS)}
    with context.served(database_url, workers=N_WORKERS, settings=settings) as served:
        headers = admin(served)
        TRACKS.register(served.port, headers)
        rate = SHARE * capacity(context, served, headers, context.size(15.0, 3.0))
        load = Load("soak", N_CONNECTIONS, context.size(60 * context.soak_minutes, 12.0), rate)
        context.log(f"{load.seconds:.0f} s at {rate:.0f} calls a second begin")
        period_s = context.size(1.0, 0.25)
        with ExitStack() as stack:
            monitor = stack.enter_context(Monitor(served, period_s=period_s))
            server = None
            if context.postgres is not None:
                server = stack.enter_context(ServerMonitor(database_url, period_s=period_s))
            outcome = load.run(context, served, headers)
    under_load = [
        each for each in monitor.readings if outcome.first_s <= each.at_s <= outcome.last_s
    ]
    return [
        context.figure(
            "sent",
            f"{outcome.n_sent / load.seconds:.0f} calls a second for {load.seconds:.0f} s",
        ),
        *answers(context, outcome),
        *_growth(context, under_load),
        *(_server(context, server) if server else ()),
        context.equal("workers that died", monitor.n_died),
    ]


def _growth(context: Context, readings: Sequence[Reading]) -> list[Row]:
    second, last = third(readings, 1), third(readings, 2)
    growth = last.rss_mb / second.rss_mb - 1
    return [
        context.figure("memory of the workers, second third", f"{second.rss_mb:,.0f} MB"),
        context.at_most(
            "growth from the second third to the last", 100 * growth, context.size(2.0, 10.0), "%"
        ),
        context.figure("slope over the second half", f"{_slope_mb_h(readings):+,.1f} MB an hour"),
        context.at_most("more open files", last.n_files - second.n_files, MORE_FILES),
        context.at_most("more threads", last.n_threads - second.n_threads, MORE_THREADS),
    ]


def _server(context: Context, server: ServerMonitor) -> list[Row]:
    """Return the rows about PostgreSQL's connections and its dead rows."""
    second, last = (server.third(which) for which in (1, 2))
    return [
        context.at_most(
            "connections to the server at most",
            max(each.n_connections for each in server.readings),
            N_WORKERS * most_connections(N_THREADS),
        ),
        context.figure("size of tables of votes and counts", f"{last.hot_mb:.2f} MB"),
        context.figure("dead rows in them, at most", f"{server.most_dead:,}"),
        context.at_most(
            "their size in the last third, of that in the second",
            last.hot_mb / second.hot_mb,
            context.size(*TIMES),
        ),
    ]


def _slope_mb_h(readings: Sequence[Reading]) -> float:
    half = readings[len(readings) // 2 :]
    at_h = np.array([each.at_s for each in half]) / 3600
    return float(np.polyfit(at_h - at_h[0], [each.rss_mb for each in half], 1)[0])
