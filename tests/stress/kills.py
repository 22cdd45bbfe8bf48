"""Workers are killed every few seconds, and PostgreSQL is stopped twice, while clients label."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import psutil

from tests.journey.serving import Served
from tests.stress import truth
from tests.stress.plan import BOTH, START_S, Bound, Plan
from tests.stress.table import Row
from tests.stress.tellers import BROKEN, Crowd, Journal, Script
from tests.stress.wire import ask_once, request

NAME = "kills"
DATABASES = BOTH
BOUND = Bound(full_s=1800, short_s=400)
SEED = 20
PERIOD_S = 6.0
TICK_S = 0.05
EXPECTED = frozenset({BROKEN, "503 store_unavailable", "503 not_ready"})
"""What a client may meet while workers die and the database is away."""


def run(plan: Plan) -> list[Row]:
    """Kill, and see what is left."""
    database_url = plan.new_database()
    n_workers = plan.size(4, 2)
    script = Script(
        n_clients=16,
        n_posts=plan.size(plan.n_posts, 320),
        n_users=plan.size(400, 40),
        n_tracks=plan.size(200, 20),
    )
    with plan.served(database_url, workers=n_workers) as served:
        register(served.port, script.track_ids)
        plan.say(f"{script.n_posts:,} posts to {n_workers} workers begin")
        harm = Disruption(plan, served)
        started = time.monotonic()
        with Crowd(served.port, script) as crowd:
            harm.do_while_talking(crowd, script.n_posts)
            journal = crowd.journal()
        seconds = time.monotonic() - started
        plan.say("everything was told; what is true is asked")
        served.until_ready(START_S)
        log = truth.log_of(database_url)
        return [
            *_met(plan, journal, seconds),
            *harm.rows(),
            *truth.recorded(plan, journal, log),
            *truth.derived(plan, served, log),
        ]


class Disruption:
    """Kills a worker every few seconds, and stops PostgreSQL at a third and two thirds."""

    def __init__(self, plan: Plan, served: Served) -> None:
        self._plan = plan
        self._served = served
        self._n_kills = self._n_stops = self._last_told = 0
        self._last_s = 0.0

    def do_while_talking(self, crowd: Crowd, n_posts: int) -> None:
        """Do harm until everything is told."""
        stops = [(n_posts // 3, self._restart), (2 * n_posts // 3, self._crash)]
        while not crowd.has_ended_within(TICK_S):
            if self._plan.postgres is not None and stops and crowd.n_told >= stops[0][0]:
                stops.pop(0)[1]()
                self._n_stops += 1
            # A machine may be slower to start workers than this is to kill them, so some posts
            # have to come home in between.
            is_due = time.monotonic() >= self._last_s + self._plan.size(PERIOD_S, 0.0)
            if is_due and crowd.n_told >= self._last_told + self._plan.size(20, 80):
                self._last_s, self._last_told = time.monotonic(), crowd.n_told
                self._kill_a_worker()

    def rows(self) -> list[Row]:
        """Return how much harm was done: without any, nothing was shown."""
        killed = self._plan.at_least("workers killed with SIGKILL", self._n_kills, 2)
        if self._plan.postgres is None:
            return [killed]
        return [killed, self._plan.exactly("stops of PostgreSQL", self._n_stops, 2)]

    def _kill_a_worker(self) -> None:
        """Kill the one that was started first: it is at work for certain."""
        with suppress(psutil.NoSuchProcess):
            for worker in sorted(self._served.workers(), key=psutil.Process.create_time)[:1]:
                worker.kill()
                self._n_kills += 1
        if self._n_kills % self._plan.size(5, 1) == 0:
            self._plan.say(f"{self._last_told:,} posts told, {self._n_kills} workers killed")

    def _restart(self) -> None:
        self._plan.say("PostgreSQL is restarted")
        assert self._plan.postgres is not None
        self._plan.postgres.restart()

    def _crash(self) -> None:
        self._plan.say("PostgreSQL is killed, and comes back after a while")
        assert self._plan.postgres is not None
        self._plan.postgres.kill()
        time.sleep(self._plan.size(5.0, 1.0))  # the outage itself: posts fail meanwhile
        self._plan.postgres.start()


def register(port: int, track_ids: Sequence[str]) -> None:
    """Register tracks by lyrics."""
    words = [
        "rain",
        "sun",
        "road",
        "river",
        "night",
        "home",
        "dance",
        "tears",
        "fire",
        "sleep",
        "alone",
        "gold",
    ]
    rng = random.Random(SEED)  # noqa: S311  # of a song, not of a secret

    async def put_all() -> None:
        for track_id in track_ids:
            lyrics = " ".join(rng.choices(words, k=8)).encode()
            body = b'{"lyrics": "' + lyrics + b'"}'
            answer = await ask_once(port, request("PUT", f"/tracks/{track_id}", body))
            assert answer.is_success, answer

    asyncio.run(put_all())


def _met(plan: Plan, journal: Journal, seconds: float) -> list[Row]:
    """Return what the clients met."""
    n_told = len(journal.acknowledged)
    unexpected = {kind: n for kind, n in journal.troubles.items() if kind not in EXPECTED}
    troubles = ", ".join(f"{kind}: {n:,}" for kind, n in sorted(journal.troubles.items()))
    for reply in journal.wrong_replies[:10]:
        plan.say(f"a wrong reply: {reply}")
    return [
        plan.stated("posts acknowledged", f"{n_told:,}, {n_told / seconds:.0f} a second"),
        plan.stated("calls acknowledged, p50 and p99", _p50_and_p99(journal.calls_s)),
        plan.stated("the same from the first attempt on", _p50_and_p99(journal.posts_s)),
        plan.stated("failures that clients met", troubles or "none"),
        plan.exactly("failures other than broken connections and 503", sum(unexpected.values())),
        plan.stated(
            "posts sent again; of these the first had been recorded",
            f"{journal.n_retries:,}; {journal.n_found:,}",
        ),
        plan.exactly("posts of patient clients that were given up", journal.n_given_up),
        plan.exactly("replies that contradict the log", len(journal.wrong_replies)),
    ]


def _p50_and_p99(times_s: list[float]) -> str:
    p50, p99 = np.percentile(times_s, [50, 99]) * 1e3
    return f"{p50:.0f} ms, {p99:.0f} ms"
