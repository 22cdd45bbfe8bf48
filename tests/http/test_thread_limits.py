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

from models.interruption import check_interrupted
from service.auth.api_keys import ADMIN, Scope, make_key
from service.errors import OverloadedError
from service.http.body import FORM, JSON, Body
from service.http.concurrency import WAITING_PER_THREAD, AudioQueue, Cost
from service.http.errors import error_response
from service.http.limits import Limits
from service.http.middleware import Middleware
from service.http.policy import policy
from service.http.route_table import Routes
from service.http.runtime import Runtime
from service.observability.logs import current_request
from service.observability.metrics import Metrics
from tests.http.authorized_service import Keys, opened

pytestmark = pytest.mark.http
N_THREADS = 4
SHARE = 2
"""Of four threads, for the long calls of one key; another is for quick calls."""
N_READING = 2
"""Of four threads, for calls with audio."""
QUICK_S = 5.0
PATIENCE_S = 30.0
N_ITEMS = 1_000
ITEM_S = 0.02


class Sent(Body):
    media_types = (JSON, FORM)

    is_little: bool = False

    def cost(self, highest):
        return Cost.QUICK if self.is_little else highest


async def overloaded(request, error):
    return error_response(error, request)


class Scene:
    """A service of calls that are long, have audio or are quick."""

    def __init__(self, *, long_s=PATIENCE_S, quick_s=QUICK_S):
        self.begun, self.go_on = queue.SimpleQueue(), threading.Event()
        self.n_items = 0
        app = FastAPI(exception_handlers={OverloadedError: overloaded})
        made = [make_key(name, frozenset({Scope.ADMIN}), None, datetime.now(UTC)) for name in "ab"]
        self.greedy, self.other = ({"Authorization": f"Bearer {each.written}"} for each in made)
        app.get("/long")(policy(ADMIN, Cost.BULK)(self._wait))
        app.get("/items")(policy(ADMIN, Cost.BULK)(self._count))
        app.get("/audio")(policy(ADMIN, Cost.AUDIO)(self._wait))
        app.post("/sent")(policy(ADMIN, Cost.AUDIO)(self._count_sent))
        app.get("/quick")(policy(ADMIN)(self._nothing))
        metrics = Metrics(None)
        app.state.runtime = Runtime(
            serving=SimpleNamespace(require_own=lambda _: None),
            metrics=metrics,
            health=None,
            threads=CapacityLimiter(N_THREADS),
            audio=AudioQueue(N_THREADS, long_s),
            watching=CapacityLimiter(1),
            reading=CapacityLimiter(1),
        )
        authorizer = opened(Keys(*(each.key for each in made)))
        limits = Limits(form=1_000, json=1_000, in_progress=64, long_s=long_s, quick_s=quick_s)
        self.app = Middleware(
            app,
            authorizer=authorizer,
            limits=limits,
            metrics=metrics,
            routes=Routes(app.routes[-5:]),
        )

    @asynccontextmanager
    async def http(self):
        """Yield a client; at the end, what is under way goes on."""
        transport = httpx.ASGITransport(self.app)
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
        for _ in range(N_ITEMS):
            check_interrupted()
            self.n_items += 1
            time.sleep(ITEM_S)  # the work on one of many

    def _count_sent(self, body: Sent):
        assert body.media_types
        self._count()

    def _nothing(self):
        pass


def asking_much(scene, http, path="/long", n=N_THREADS):
    """Begin as many long calls of one key as there are threads."""
    return [asyncio.create_task(http.get(path, headers=scene.greedy)) for _ in range(n)]


async def unread():
    raise AssertionError("The body was read.")
    yield b""


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


def test_calls_with_audio_leave_a_thread_to_long_calls_and_one_to_quick_calls():
    scene = Scene()

    async def play():
        async with scene.http() as http:
            audio = asking_much(scene, http, "/audio")
            await scene.begun_by(N_READING)
            long = asyncio.create_task(http.get("/long", headers=scene.greedy))
            await scene.begun_by(1)
            quick = await http.get("/quick", headers=scene.greedy)
            is_waiting = scene.begun.empty()
            scene.go_on.set()
            return is_waiting, [quick, await long, *await asyncio.gather(*audio)]

    is_waiting, replies = asyncio.run(play())
    assert is_waiting
    assert [reply.status_code for reply in replies] == [204] * (2 + N_THREADS)


def test_a_form_is_refused_before_its_body_while_too_many_calls_with_audio_wait():
    scene = Scene()
    share = 14
    """Of 18 calls that are read or wait, for one key."""
    form = {"Content-Type": "multipart/form-data; boundary=b"}

    async def play():
        async with scene.http() as http:
            audio = asking_much(scene, http, "/audio", share)
            await scene.begun_by(N_READING)
            refused = await http.post("/sent", headers=scene.greedy | form, content=unread())
            other = asyncio.create_task(http.get("/audio", headers=scene.other))
            scene.go_on.set()
            return refused, await asyncio.gather(other, *audio)

    assert N_READING * (1 + WAITING_PER_THREAD) == 18
    refused, others = asyncio.run(play())
    assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
    assert "14 requests with audio of this caller are in progress" in refused.json()["detail"]
    assert int(refused.headers["Retry-After"]) >= 1
    assert {reply.status_code for reply in others} == {204}


def test_no_more_calls_with_audio_wait_than_can_be_answered_in_time():
    now_s = 0.0
    audio = AudioQueue(N_THREADS, 60.0, clock=lambda: now_s)

    async def read(key_id, took_s, go_on=None):
        nonlocal now_s
        async with audio.turn(key_id):
            now_s += took_s
            if go_on is not None:
                await go_on.wait()

    async def refusal(n_waiting):
        """Return why a call is refused beside so many, each of another key."""
        go_on = asyncio.Event()
        calls = [asyncio.create_task(read(f"{n}", 0.0, go_on)) for n in range(n_waiting)]
        await asyncio.sleep(0)
        try:
            audio.require_free("one more")
        except OverloadedError as error:
            return str(error)
        finally:
            for each in calls:
                each.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    async def play():
        await read("a", 20.0)
        return await refusal(5), await refusal(6)

    admitted, refused = asyncio.run(play())
    assert admitted is None
    assert refused == (
        "6 requests with audio are in progress on this worker, the most it accepts; wait 10 s."
    )


def test_calls_with_audio_that_time_out_count_as_long_ones():
    now_s = 0.0
    audio = AudioQueue(N_THREADS, 60.0, clock=lambda: now_s)

    async def give_up(after_s):
        nonlocal now_s
        async with audio.turn("a"):
            now_s += after_s
            raise TimeoutError

    async def play():
        for after_s in (1.0, 61.0):
            with pytest.raises(TimeoutError):
                await give_up(after_s)
        go_on = asyncio.Event()
        held = [asyncio.create_task(hold(f"{n}", go_on)) for n in range(9)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError, match="9 requests"):  # 13 s each, two at a time
            audio.require_free("one more")
        go_on.set()
        await asyncio.gather(*held)

    async def hold(key_id, go_on):
        async with audio.turn(key_id):
            await go_on.wait()

    asyncio.run(play())


def test_a_body_that_makes_its_call_a_quick_one_gets_the_time_of_a_quick_one():
    scene = Scene(quick_s=0.2)

    async def play():
        async with scene.http() as http:
            return await http.post("/sent", headers=scene.greedy, json={"is_little": True})

    reply = asyncio.run(play())
    assert (reply.status_code, "within 0.2 seconds" in reply.json()["detail"]) == (504, True)
    assert 0 < scene.n_items < N_ITEMS / 2


def test_a_call_stops_between_two_items_when_its_client_goes_away():
    scene = Scene()
    headers = {**scene.greedy, "Host": "localhost", "Content-Type": JSON}
    sent = [{"type": "http.request", "body": b"{}"}]

    async def receive():
        if sent:
            return sent.pop()
        while not scene.n_items:
            await asyncio.sleep(ITEM_S)
        return {"type": "http.disconnect"}

    async def send(message):
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/sent", "query_string": b""}
    scope |= {"client": ("127.0.0.1", 1), "http_version": "1.1"}
    scope["headers"] = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
    asyncio.run(scene.app(scope, receive, send))

    assert 0 < scene.n_items < N_ITEMS / 2
