"""Slots: how many requests are worked on at once, and how many of them may be of one key."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from service.auth.api_keys import ADMIN, Scope, make_key
from service.auth.signed_urls import SignedUrls
from service.errors import OverloadedError
from service.http.body import Body
from service.http.concurrency import Slot, Slots
from service.http.errors import error_response
from service.http.limits import Limits
from service.http.middleware import Middleware
from service.http.policy import EVERYBODY, policy
from service.http.route_table import Routes
from service.observability.metrics import Metrics
from tests.http.authorized_service import Keys, opened

pytestmark = pytest.mark.http
LIMITS = Limits(form=2_000, json=1_000, in_progress=4)
SHARE = 3
"""Of four slots, for one key."""


class Sent(Body): ...


@policy(ADMIN)
async def sending(body: Sent): ...


@policy(ADMIN)
async def asking(): ...


@policy(EVERYBODY)
async def looking(): ...


class Scene:
    """A service of four routes.

    One reads its body, one waits, one is open to everybody, and a recording takes its time.
    """

    def __init__(self):
        self.go_on, self.ends = asyncio.Event(), asyncio.Event()
        made = [make_key(name, frozenset({Scope.ADMIN}), None, datetime.now(UTC)) for name in "ab"]
        self.greedy, self.other = (each.written for each in made)
        signed_urls = SignedUrls(bytes(32), lambda: datetime.now(UTC))
        self.heard = signed_urls.audio_url("t")
        authorizer = opened(Keys(*(each.key for each in made)), signed_urls)
        app = Starlette(
            routes=[
                Route("/send", self._read, methods=["POST"]),
                Route("/ask", self._wait, methods=["GET"]),
                Route("/page", self._show),
                Route("/tracks/t/audio", self._wait),
            ]
        )
        served = [
            APIRoute("/send", sending, methods=["POST"]),
            APIRoute("/ask", asking),
            APIRoute("/page", looking),
            APIRoute("/tracks/{track_id}/audio", asking),
        ]
        self._gate = Middleware(
            app, authorizer=authorizer, limits=LIMITS, metrics=Metrics(None), routes=Routes(served)
        )

    async def call(self, method, path, key, body=(b"",)):
        """Return the status of an answer; a body without an end has one when the scene says so."""
        pieces = iter(body)
        statuses = []

        async def receive():
            piece = next(pieces, None)
            if piece is None:
                await self.ends.wait()
            return {"type": "http.request", "body": piece or b"", "more_body": bool(piece)}

        async def send(message):
            statuses.append(message.get("status"))

        headers = [(b"host", b"localhost")]
        headers += [(b"authorization", f"Bearer {key}".encode())] if key else []
        path, _, query = path.partition("?")
        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode()}
        scope |= {"headers": headers, "client": ("127.0.0.1", 1), "http_version": "1.1"}
        await self._gate(scope, receive, send)
        return statuses[0]

    async def under_way(self, n, *call):
        """Return tasks of so many calls that have all begun."""
        tasks = [asyncio.create_task(self.call(*call)) for _ in range(n)]
        for _ in range(20):  # turns of the loop until each waits for what does not come
            await asyncio.sleep(0)
        return tasks

    async def _read(self, request):
        try:
            body = await request.body()
        except OverloadedError as error:
            return error_response(error, request)
        return PlainTextResponse(str(len(body)))

    async def _wait(self, _):
        await self.go_on.wait()
        return PlainTextResponse("done")

    async def _show(self, _):
        return PlainTextResponse("a page")


def played(scene):
    """Play a scene, and end what is under way."""

    async def play():
        result = await scene(Scene())
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        return result

    return asyncio.run(play())


def test_a_key_gets_three_quarters_of_the_slots():
    slots = Slots(4)
    for _ in range(SHARE):
        slots.acquire("greedy")

    with pytest.raises(OverloadedError, match="3 requests of this caller are in progress"):
        slots.acquire("greedy")

    slots.acquire("other")
    with pytest.raises(OverloadedError, match="4 requests are in progress on this worker"):
        slots.acquire("another")
    slots.release("greedy")
    slots.acquire("another")


@pytest.mark.parametrize(("limit", "share"), [(1, 1), (2, 2), (3, 3), (8, 6)])
def test_a_key_gets_at_least_one_slot(limit, share):
    slots = Slots(limit)
    for _ in range(share):
        slots.acquire("only")

    with pytest.raises(OverloadedError, match=f"{share} requests"):
        slots.acquire("only")


def test_a_request_that_finds_no_slot_to_work_in_lets_go_of_the_one_it_has():
    arriving, working = Slots(1), Slots(0)

    with pytest.raises(OverloadedError), Slot(arriving, "a") as slot:
        slot.move(working)

    arriving.acquire("a")


def test_bodies_that_do_not_end_keep_nobody_from_being_worked_on():
    async def scene(service):
        await service.under_way(LIMITS.in_progress, "POST", "/send", service.greedy, [b"{"])
        return [
            await service.call("POST", "/send", service.greedy),
            await service.call("POST", "/send", service.other),
            await service.call("GET", "/page", service.other),
        ]

    assert played(scene) == [503, 200, 200]


def test_a_key_that_is_worked_on_much_leaves_slots_to_others():
    async def scene(service):
        waiting = await service.under_way(SHARE, "GET", "/ask", service.greedy)
        refused = await service.call("GET", "/ask", service.greedy)
        answered = await service.call("POST", "/send", service.other)
        service.go_on.set()
        return [refused, answered, *[await each for each in waiting]]

    assert played(scene) == [503, 200, 200, 200, 200]


def test_a_key_and_the_tickets_it_is_given_leave_slots_to_others():
    async def scene(service):
        waiting = await service.under_way(SHARE, "GET", "/ask", service.greedy)
        waiting += await service.under_way(LIMITS.in_progress, "GET", service.heard, "")
        refused = await service.call("GET", service.heard, "")
        answered = [
            await service.call("POST", "/send", service.other),
            await service.call("GET", "/page", ""),
        ]
        service.go_on.set()
        return [refused, *answered, *[await each for each in waiting]]

    assert played(scene) == [503, 200, 200] + [200] * (SHARE + LIMITS.in_progress)


def test_a_body_that_ends_when_no_slot_is_free_is_refused():
    async def scene(service):
        (late,) = await service.under_way(1, "POST", "/send", service.other, [b"{"])
        await service.under_way(SHARE, "GET", "/ask", service.greedy)
        await service.under_way(1, "GET", "/ask", service.other)
        service.ends.set()
        return await late

    assert played(scene) == 503


def test_pages_are_shown_while_every_slot_is_held():
    async def scene(service):
        await service.under_way(SHARE, "GET", "/ask", service.greedy)
        await service.under_way(1, "GET", "/ask", service.other)
        return [
            await service.call("GET", "/ask", service.other),
            await service.call("GET", "/page", service.other),
        ]

    assert played(scene) == [503, 200]
