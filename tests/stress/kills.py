"""Kill a worker every few seconds, and stop PostgreSQL twice, while clients post labels."""

import time
from contextlib import suppress

import numpy as np
import psutil

from tests.journey.servers import Served
from tests.stress import label_log
from tests.stress.clients import BROKEN, Clients, Journal, Workload
from tests.stress.context import BOTH, START_S, Context
from tests.stress.report import Row

DATABASES = BOTH
LIMIT_S = 1800.0, 400.0
PERIOD_S = 6.0
POLL_S = 0.05
EXPECTED = frozenset({BROKEN, "503 store_unavailable", "503 not_ready"})
"""Failures that clients may meet while workers die and the database is down."""


def run(context: Context) -> list[Row]:
    """Kill while clients post; then compare the log with what was acknowledged."""
    database_url = context.new_database()
    workload = Workload(
        n_clients=16,
        n_posts=context.size(context.n_posts, 320),
        n_users=context.size(400, 40),
        n_tracks=context.size(200, 20),
    )
    with context.served(database_url, workers=context.size(4, 2)) as served:
        workload.register(served.port)
        context.log(f"{workload.n_posts:,} posts begin")
        killer = Killer(context, served)
        started = time.monotonic()
        with Clients(served.port, workload) as clients:
            killer.run(clients, workload.n_posts)
            journal = clients.journal()
        seconds = time.monotonic() - started
        context.log("every post was sent; the log is checked")
        served.until_ready(START_S)
        log = label_log.read_log(database_url)
        return [
            *_experienced(context, journal, seconds),
            *killer.rows(),
            *label_log.check_events(context, journal, log),
            *label_log.check_derived(context, served, log),
        ]


class Killer:
    """Kills a worker every few seconds, and stops PostgreSQL at a third and at two thirds."""

    def __init__(self, context: Context, served: Served) -> None:
        self._context = context
        self._served = served
        self._n_kills = self._n_stops = self._last_n_posts = 0
        self._last_s = 0.0

    def run(self, clients: Clients, n_posts: int) -> None:
        """Kill until every post was sent."""
        stops = [] if self._context.postgres is None else [self._restart, self._crash]
        while not clients.have_ended_within(POLL_S):
            if stops and clients.n_posts >= (self._n_stops + 1) * n_posts // 3:
                stops.pop(0)()
                self._n_stops += 1
            # A slow machine may take longer to start a worker than the period, so some posts
            # have to be answered in between.
            is_due = time.monotonic() >= self._last_s + self._context.size(PERIOD_S, 0.0)
            if is_due and clients.n_posts >= self._last_n_posts + self._context.size(20, 80):
                self._last_s, self._last_n_posts = time.monotonic(), clients.n_posts
                self._kill_a_worker()

    def rows(self) -> list[Row]:
        killed = self._context.at_least("workers killed with SIGKILL", self._n_kills, 2)
        if self._context.postgres is None:
            return [killed]
        return [killed, self._context.equal("stops of PostgreSQL", self._n_stops, 2)]

    def _kill_a_worker(self) -> None:
        """Kill the oldest worker: it answers requests for certain."""
        with suppress(psutil.NoSuchProcess):
            for worker in sorted(self._served.workers(), key=psutil.Process.create_time)[:1]:
                worker.kill()
                self._n_kills += 1
        if self._n_kills % self._context.size(5, 1) == 0:
            self._context.log(f"{self._last_n_posts:,} posts, {self._n_kills} workers killed")

    def _restart(self) -> None:
        self._context.log("PostgreSQL restarts")
        assert self._context.postgres is not None
        self._context.postgres.restart()

    def _crash(self) -> None:
        self._context.log("PostgreSQL is killed, and starts again later")
        assert self._context.postgres is not None
        self._context.postgres.kill()
        time.sleep(self._context.size(5.0, 1.0))  # the outage itself: posts fail meanwhile
        self._context.postgres.start()


def _experienced(context: Context, journal: Journal, seconds: float) -> list[Row]:
    """Return what the clients experienced."""
    n_posts = len(journal.acknowledged)
    unexpected = {kind: n for kind, n in journal.failures.items() if kind not in EXPECTED}
    failures = ", ".join(f"{kind}: {n:,}" for kind, n in sorted(journal.failures.items()))
    return [
        context.figure("posts acknowledged", f"{n_posts:,}, {n_posts / seconds:.0f} a second"),
        context.figure("calls acknowledged, p50 and p99", _p50_and_p99(journal.calls_s)),
        context.figure("the same from the first attempt on", _p50_and_p99(journal.posts_s)),
        context.figure("failures that clients met", failures or "none"),
        context.equal("failures other than broken connections and 503", sum(unexpected.values())),
        context.figure(
            "posts sent again; of these the first had been recorded",
            f"{journal.n_retries:,}; {journal.n_found:,}",
        ),
        context.equal("posts of patient clients that were given up", journal.n_given_up),
        context.none_of("replies that contradict the log", journal.wrong_replies),
    ]


def _p50_and_p99(times_s: list[float]) -> str:
    p50, p99 = np.percentile(times_s, [50, 99]) * 1e3
    return f"{p50:.0f} ms, {p99:.0f} ms"
