"""The middleware alone, around applications of a few lines."""

import asyncio
import json
import threading
from dataclasses import dataclass, field, replace

import pytest
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from service.auth.api_keys import ADMIN
from service.http.errors import RequestError, error_response
from service.http.limits import MAX_HEADER_BYTES, MAX_HEADERS, Limits
from service.http.middleware import Middleware
from service.http.policy import EVERYBODY, policy
from service.http.route_table import Routes
from service.observability.metrics import Metrics
from tests.http.authorized_service import Keys, opened
from tests.http.conftest import HERE

LIMITS = Limits(form=2_000, json=1_000)
HASTY = Limits(form=2_000, json=1_000, quick_s=0.05)
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
JSON = {"Content-Type": "application/json"}


@policy(EVERYBODY, is_probe=True)
async def probe(): ...


@policy(ADMIN)
async def endpoint(): ...


def gate_of(app, metrics=None, limits=LIMITS):
    served = [
        APIRoute("/here", endpoint, methods=["GET", "POST"]),
        APIRoute("/tracks/{track_id}", endpoint),
        APIRoute("/livez", probe, methods=["GET", "HEAD"]),
        APIRoute("/metrics", probe),
    ]
    return Middleware(
        app,
        authorizer=opened(Keys()),
        limits=limits,
        metrics=metrics or Metrics(None),
        routes=Routes(served),
    )


def client_of(app, metrics=None, limits=LIMITS):
    return TestClient(gate_of(app, metrics, limits), **HERE)


@dataclass
class Reply:
    """What a gate sent, with neither a server nor a client between."""

    status: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    @property
    def problem(self):
        return json.loads(self.body)


def scope_of(method, headers=()):
    return {
        "type": "http",
        "method": method,
        "path": "/here",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 50_000),
    }


def bodiless():
    """Return what a server gives of a request without a body: its end, and then nothing."""
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        return messages.pop() if messages else await asyncio.Event().wait()

    return receive


async def call(gate, method, *, receive=None, headers=(), live_registry=None):
    """Return a gate's answer once all work on it has ended; tell when it was answered."""
    reply = Reply()

    async def send(message):
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {n.decode(): v.decode() for n, v in message["headers"]}
        else:
            reply.body += message.get("body", b"")
            if live_registry is not None and not message.get("more_body"):
                live_registry.set()

    await gate(scope_of(method, headers), receive or bodiless(), send)
    return reply


def starlette(endpoint):
    return Starlette(routes=[Route("/here", endpoint, methods=["GET", "POST"])])


async def read_whole(request: Request) -> Response:
    try:
        body = await request.body()
    except RequestError as error:
        return error_response(error, request)
    return PlainTextResponse(str(len(body)))


STREAM = StreamingResponse(iter(["in ", "pieces"]), 504)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (PlainTextResponse("no", 400), "bad_request"),
        (PlainTextResponse("no", 404), "not_found"),
        (PlainTextResponse("no", 418), "im_a_teapot"),
        (PlainTextResponse("no", 429), "too_many_requests"),
        (PlainTextResponse("no", 500), "internal"),
        (JSONResponse([{"error": "as BentoML writes a refusal"}], 502), "bad_gateway"),
        (JSONResponse({"detail": "as FastAPI writes it"}, 503), "unavailable"),
        (STREAM, "timeout"),
    ],
)
def test_an_error_answer_of_any_origin_becomes_a_problem(said, code):
    reply = client_of(said).get("/here")

    assert reply.status_code == reply.json()["status"] == said.status_code
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] == code
    assert reply.json()["request_id"] == reply.headers["x-request-id"]


def test_an_exception_becomes_a_problem_that_does_not_tell_what_happened(caplog):
    def fail(_: Request) -> Response:
        raise RuntimeError("the secret")

    reply = client_of(starlette(fail)).get("/here")

    assert (reply.status_code, reply.json()["code"]) == (500, "internal")
    assert "the secret" not in reply.text
    assert reply.json()["request_id"] in caplog.text


def test_a_request_too_many_is_refused_at_once_and_told_when_to_come_back():
    """Trap: BentoML's max_concurrency answers 429 without Retry-After, outside its own hook."""

    async def two_at_once() -> list[dict]:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def wait(_: Request) -> Response:
            begun.set()
            await go_on.wait()
            return PlainTextResponse("done")

        gate = gate_of(starlette(wait), limits=Limits(form=1, json=1, in_progress=1))
        first = asyncio.create_task(call(gate, "GET"))
        await begun.wait()
        second = await call(gate, "GET")
        go_on.set()
        return [await first, second, await call(gate, "GET")]

    first, second, third = asyncio.run(two_at_once())

    assert (first.status, third.status) == (200, 200)
    assert (second.status, second.problem["code"]) == (503, "overloaded")
    assert second.headers["retry-after"] == "1"
    assert "1 requests are in progress" in second.problem["detail"]


@pytest.mark.parametrize("path", ["/livez", "/metrics"])
def test_whoever_watches_is_answered_by_a_service_that_is_full(path):
    client = client_of(PlainTextResponse("well"), limits=replace(LIMITS, in_progress=0))

    assert client.get("/here").status_code == 503
    assert client.get(path).text == "well"


def test_a_probe_may_ask_for_the_head_of_the_answer_alone():
    client = client_of(PlainTextResponse("well"))

    assert [client.head(path).status_code for path in ("/livez", "/here")] == [200, 405]


def test_a_request_that_takes_too_long_ends_in_a_problem():
    async def never(_: Request) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    reply = asyncio.run(call(gate_of(starlette(never), limits=HASTY), "GET"))

    assert (reply.status, reply.problem["code"]) == (504, "timeout")
    assert "within 0.05 seconds" in reply.problem["detail"]


def test_a_thread_that_works_on_after_its_request_was_given_up_keeps_its_slot():
    async def scene() -> list[int]:
        go_on, answered = threading.Event(), asyncio.Event()

        def work(_: Request) -> Response:  # in a thread, as starlette does with what is not async
            go_on.wait()
            return PlainTextResponse("too late")

        gate = gate_of(starlette(work), limits=replace(HASTY, in_progress=1))
        first = asyncio.create_task(call(gate, "GET", live_registry=answered))
        await answered.wait()
        second = await call(gate, "GET")
        go_on.set()
        statuses = [(await first).status, second.status]
        return [*statuses, (await call(gate, "GET")).status]

    given_up, refused, answered = asyncio.run(scene())

    assert (given_up, refused, answered) == (504, 503, 200)


def test_a_body_that_does_not_come_is_not_waited_for():
    async def drip():
        await asyncio.Event().wait()

    gate = gate_of(starlette(read_whole), limits=HASTY)
    headers = [(b"content-length", b"10")]

    reply = asyncio.run(call(gate, "POST", receive=drip, headers=headers))

    assert (reply.status, reply.problem["code"]) == (408, "body_too_slow")
    assert "within 0.05 seconds" in reply.problem["detail"]
    assert reply.headers["connection"] == "close"  # the rest of it is no request


def test_an_answer_in_pieces_may_take_longer_once_it_has_begun():
    async def slowly():
        for _ in range(4):
            yield b"la "
            await asyncio.sleep(HASTY.quick_s / 2)

    reply = asyncio.run(call(gate_of(StreamingResponse(slowly()), limits=HASTY), "GET"))

    assert (reply.status, reply.body) == (200, b"la " * 4)


def test_a_packed_body_is_refused():
    client = client_of(starlette(read_whole))

    reply = client.post("/here", content=b"x", headers={"Content-Encoding": "gzip"})

    assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_media_type")
    assert "gzip" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "bound"),
    [
        ({"headers": {f"x-{n}": "y" for n in range(MAX_HEADERS + 1)}}, MAX_HEADERS),
        ({"headers": {"x-long": "y" * MAX_HEADER_BYTES}}, MAX_HEADER_BYTES),
        ({"params": {"q": "y" * MAX_HEADER_BYTES}}, MAX_HEADER_BYTES),
    ],
    ids=["many", "long", "path"],
)
def test_a_head_that_is_too_large_is_refused_naming_the_bound(asked, bound):
    reply = client_of(starlette(read_whole)).get("/here", **asked)

    assert (reply.status_code, reply.json()["code"]) == (431, "headers_too_large")
    assert f"at most {bound}" in reply.json()["detail"]


@pytest.mark.parametrize("path", ["/here%0a", "/here%0d%0a", "/tracks/a/b", "//here", "/here/"])
def test_a_path_that_only_looks_like_a_served_one_never_comes_near_the_application(path):
    """Trap: starlette's patterns end in `$`, which a line break may follow."""
    reply = client_of(PlainTextResponse("let in")).get(path)

    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


def test_a_web_socket_is_closed_at_once():
    client = client_of(PlainTextResponse("let in"))

    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/here"):
        pass


@pytest.mark.parametrize("status", [200, 404])
def test_every_answer_says_what_a_browser_may_do_with_it(status):
    reply = client_of(PlainTextResponse("said", status)).get("/here")

    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]


def test_an_answer_may_say_otherwise():
    kept = PlainTextResponse("said", headers={"Cache-Control": "max-age=60"})

    reply = client_of(kept).get("/here")

    assert reply.headers.get_list("cache-control") == ["max-age=60"]


@pytest.mark.parametrize(
    ("headers", "limit"), [(FORM, 2_000), (JSON, 1_000), ({}, 1_000)], ids=["form", "json", "none"]
)
def test_the_largest_body_is_read_and_a_larger_one_refused(headers, limit):
    """Trap: BentoML knows no limit of a body."""
    client = client_of(starlette(read_whole))

    largest = client.post("/here", content=b"x" * limit, headers=headers)
    larger = client.post("/here", content=b"x" * (limit + 1), headers=headers)

    assert largest.text == str(limit)
    assert (larger.status_code, larger.json()["code"]) == (413, "body_too_large")
    assert str(limit) in larger.json()["detail"]
    assert str(limit + 1) in larger.json()["detail"]


def test_a_body_of_unknown_length_is_refused_while_it_arrives():
    received = []

    async def receive():
        received.append(100)
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}  # for ever

    headers = [(b"transfer-encoding", b"chunked")]
    gate = gate_of(starlette(read_whole))

    reply = asyncio.run(call(gate, "POST", receive=receive, headers=headers))

    assert reply.status == 413
    assert sum(received) == 1_100
    assert reply.headers["connection"] == "close"
