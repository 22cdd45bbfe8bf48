"""Threads: how many the long calls of one key hold, and when a call lets go of its own."""

import asyncio
import queue
import threading
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import httpx
import pytest
from anyio import CapacityLimiter
from fastapi import FastAPI

from service.auth.api_keys import ADMIN, Scope, make_key
from service.http.limits import Limits
from service.http.middleware import Middleware
from service.http.policy import Cost, policy
from service.http.route_table import Routes
from service.http.runtime import Runtime, until_cancelled
from service.observability.logs import current_request
from service.observability.metrics import Metrics
from tests.http.authorized_service import Keys, opened

pytestmark = pytest.mark.http
N_THREADS = 4
SHARE = 3
"""Of four threads, for the long calls of one key."""
QUICK_S = 5.0
PATIENCE_S = 30.0
N_ITEMS = 1_000
ITEM_S = 0.02


class Scene:
    """A service of a call that is long and one that is quick."""

    def __init__(self, *, long_s=PATIENCE_S):
        self.begun, self.go_on = queue.SimpleQueue(), threading.Event()
        self.n_items = 0
        app = FastAPI()
        made = [make_key(name, frozenset({Scope.ADMIN}), None, datetime.now(UTC)) for name in "ab"]
        self.greedy, self.other = ({"Authorization": f"Bearer {each.written}"} for each in made)
        app.get("/long")(policy(ADMIN, Cost.BULK)(self._wait))
        app.get("/items")(policy(ADMIN, Cost.BULK)(self._count))
        app.get("/quick")(policy(ADMIN)(self._nothing))
        metrics = Metrics(None)
        app.state.runtime = Runtime(
            serving=SimpleNamespace(require_own=lambda _: None),
            metrics=metrics,
            health=None,
            threads=CapacityLimiter(N_THREADS),
            watching=CapacityLimiter(1),
            reading=CapacityLimiter(1),
        )
        authorizer = opened(Keys(*(each.key for each in made)))
        limits = Limits(form=1_000, json=1_000, in_progress=16, long_s=long_s, quick_s=QUICK_S)
        self._app = Middleware(
            app,
            authorizer=authorizer,
            limits=limits,
            metrics=metrics,
            routes=Routes(app.routes[-3:]),
        )

    @asynccontextmanager
    async def http(self):
        """Yield a client; at the end, what is under way goes on."""
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            try:
                yield client
            finally:
                self.go_on.set()

    async def begun_by(self, n):
        """Wait until so many long calls have begun, and return the ids of their keys."""
        return [await asyncio.to_thread(self.begun.get, timeout=PATIENCE_S) for _ in range(n)]

    def _wait(self):
        self.begun.put(current_request().key_id)
        assert self.go_on.wait(PATIENCE_S)

    def _count(self):
        for _ in until_cancelled(range(N_ITEMS)):
            self.n_items += 1
            time.sleep(ITEM_S)  # the work on one of many

    def _nothing(self):
        pass


def asking_much(scene, http):
    """Begin as many long calls of one key as there are threads."""
    asked = (http.get("/long", headers=scene.greedy) for _ in range(N_THREADS))
    return [asyncio.create_task(each) for each in asked]


@pytest.mark.parametrize("who", ["greedy", "other"])
def test_long_calls_of_one_key_leave_a_thread_to_quick_calls(who):
    scene = Scene()

    async def play():
        async with scene.http() as http:
            greedy = asking_much(scene, http)
            await scene.begun_by(SHARE)
            quick = await http.get("/quick", headers=getattr(scene, who))
            scene.go_on.set()
            return [quick, *await asyncio.gather(*greedy)]

    assert [reply.status_code for reply in asyncio.run(play())] == [204] * (1 + N_THREADS)


def test_long_calls_of_one_key_leave_a_thread_to_long_calls_of_others():
    scene = Scene()

    async def play():
        async with scene.http() as http:
            greedy = asking_much(scene, http)
            first = await scene.begun_by(SHARE)
            other = asyncio.create_task(http.get("/long", headers=scene.other))
            last = await scene.begun_by(1)
            scene.go_on.set()
            await asyncio.gather(other, *greedy)
            return first, last

    first, last = asyncio.run(play())
    assert len(set(first)) == 1
    assert set(last).isdisjoint(first)


def test_a_call_that_was_given_up_stops_between_two_items():
    scene = Scene(long_s=0.2)

    async def play():
        async with scene.http() as http:
            return await http.get("/items", headers=scene.greedy)

    assert asyncio.run(play()).status_code == 504
    assert 0 < scene.n_items < N_ITEMS / 2
