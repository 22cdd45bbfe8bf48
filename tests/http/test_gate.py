"""The gate alone, before applications of a few lines: what BentoML and its neighbours answer."""

import asyncio
import json

import pytest
from bentoml._internal.server.http.traffic import MaxConcurrencyMiddleware, TimeoutMiddleware
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from service.errors import RequestError
from service.metrics import Metrics, Routes
from service.transport.answers import answer
from service.transport.gate import Gate, Limits

LIMITS = Limits(form=2_000, json=1_000)
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
JSON = {"Content-Type": "application/json"}


def client_of(app, metrics=None):
    routes = Routes([("/here", "GET"), ("/here", "POST"), ("/tracks/{track_id}", "GET")])
    gate = Gate(app, limits=LIMITS, metrics=metrics or Metrics(None), routes=routes)
    return TestClient(gate)


def starlette(endpoint):
    return Starlette(routes=[Route("/here", endpoint, methods=["GET", "POST"])])


async def read_whole(request: Request) -> Response:
    try:
        body = await request.body()
    except RequestError as error:
        return answer(error, request)
    return PlainTextResponse(str(len(body)))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad_request"),
        (404, "not_found"),
        (418, "im_a_teapot"),
        (429, "too_many_requests"),
        (500, "internal"),
        (502, "bad_gateway"),
        (503, "unavailable"),
        (504, "timeout"),
    ],
)
@pytest.mark.parametrize(
    "said",
    [
        PlainTextResponse("no"),
        JSONResponse([{"error": "as BentoML writes a refusal"}]),
        JSONResponse({"detail": "as FastAPI writes it"}),
        StreamingResponse(iter(["in ", "pieces"])),
    ],
    ids=["text", "list", "object", "stream"],
)
def test_an_error_answer_of_any_origin_becomes_a_problem(said, status, code):
    said.status_code = status

    reply = client_of(said).get("/here")

    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] == code
    assert reply.json()["status"] == status
    assert reply.json()["request_id"] == reply.headers["x-request-id"]


def test_an_exception_becomes_a_problem_that_does_not_tell_what_happened(caplog):
    def fail(_: Request) -> Response:
        raise RuntimeError("the secret")

    reply = client_of(starlette(fail)).get("/here")

    assert (reply.status_code, reply.json()["code"]) == (500, "internal")
    assert "the secret" not in reply.text
    assert reply.json()["request_id"] in caplog.text


def test_a_request_too_many_is_told_when_to_come_back():
    """Trap: BentoML's max_concurrency answers 429 without Retry-After, outside its own hook."""
    app = MaxConcurrencyMiddleware(starlette(read_whole), max_concurrency=1)
    app._semaphore._value = 0  # as if one request were in progress

    reply = client_of(app).get("/here")

    assert (reply.status_code, reply.json()["code"]) == (429, "too_many_requests")
    assert reply.headers["retry-after"] == "1"


def test_a_request_that_takes_too_long_ends_in_a_problem():
    async def sleep(_: Request) -> Response:
        await asyncio.sleep(5)
        return PlainTextResponse("late")

    reply = client_of(TimeoutMiddleware(starlette(sleep), timeout=0.05)).get("/here")

    assert (reply.status_code, reply.json()["code"]) == (504, "timeout")


def test_a_wrong_method_is_told_every_right_one():
    reply = client_of(starlette(read_whole)).delete("/here")

    assert reply.status_code == 405
    assert reply.headers["allow"] == "GET, POST"
    assert "GET, POST" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "limit"), [(FORM, 2_000), (JSON, 1_000), ({}, 1_000)], ids=["form", "json", "none"]
)
def test_the_largest_body_is_read(headers, limit):
    reply = client_of(starlette(read_whole)).post("/here", content=b"x" * limit, headers=headers)

    assert reply.text == str(limit)


@pytest.mark.parametrize(
    ("headers", "limit"), [(FORM, 2_000), (JSON, 1_000), ({}, 1_000)], ids=["form", "json", "none"]
)
def test_a_larger_body_is_refused_naming_size_and_bound(headers, limit):
    """Trap: BentoML knows no limit of a body."""
    client = client_of(starlette(read_whole))

    reply = client.post("/here", content=b"x" * (limit + 1), headers=headers)

    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")
    assert str(limit) in reply.json()["detail"]
    assert str(limit + 1) in reply.json()["detail"]


def test_a_body_of_unknown_length_is_refused_while_it_arrives():
    received, sent = [], []

    async def receive():
        received.append(100)
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}  # for ever

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/here", "headers": [], "query_string": b""}
    gate = client_of(starlette(read_whole)).app

    asyncio.run(gate(scope, receive, send))

    assert sent[0]["status"] == 413
    assert sum(received) == 1_100


def test_metrics_hold_templates_and_no_ids():
    """Trap: BentoML's metrics label by raw path, so memory grows with every id."""
    metrics = Metrics(None)
    client = client_of(PlainTextResponse("yes"), metrics)

    for path in ("/tracks/ana", "/tracks/ben", "/here", "/nowhere/at-all"):
        client.get(path)

    told = metrics.exposition().decode()
    assert (
        'attune_requests_total{method="GET",route="/tracks/{track_id}",status="200"} 2.0' in told
    )
    assert 'route="/here",status="200"} 1.0' in told
    assert 'route="unmatched",status="200"} 1.0' in told
    assert "ana" not in told
    assert "at-all" not in told


def test_unheard_of_methods_are_counted_together():
    metrics = Metrics(None)

    client_of(PlainTextResponse("yes"), metrics).request("BREW", "/here")

    assert 'method="other"' in metrics.exposition().decode()


def test_a_problem_is_ascii_whatever_it_quotes():
    reply = client_of(PlainTextResponse("no", 404)).get("/nowhere")

    assert json.loads(reply.content.decode("ascii"))["title"] == "Not Found"
