"""Tracing: spans hold routes and faults, and never who was listening."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from service.observability.logs import RequestContext, current_request, during
from service.observability.tracing import Tracing, provider_of

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}


class FaultError(Exception):
    pass


async def application(scope, receive, send):
    if scope["path"].endswith("fault"):
        raise FaultError("telling")
    said = f"{scope['path']} {scope['query_string'].decode()} {current_request().trace_id}"
    await PlainTextResponse(said)(scope, receive, send)


@pytest.fixture(name="spans")
def _spans():
    return InMemorySpanExporter()


@pytest.fixture(name="provider")
def _provider(spans):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider


@pytest.fixture(name="alone")
def _alone(provider):
    traced = Tracing(application, provider)

    async def gate(scope, receive, send):
        with during(RequestContext("id-1", "GET", "/users/{user_id}")):
            await traced(scope, receive, send)

    return TestClient(gate, raise_server_exceptions=False)


def test_a_span_holds_the_route_and_nothing_of_the_request(alone, spans):
    alone.get("/users/telling?telling=1", headers={"user-agent": "telling", "cookie": "telling"})

    (span,) = spans.get_finished_spans()
    assert span.name == "GET /users/{user_id}"
    assert span.attributes["http.route"] == "/users/{user_id}"
    assert span.attributes["http.status_code"] == 200
    assert "telling" not in span.to_json()
    assert "testclient" not in span.to_json()  # who asked


def test_the_application_sees_the_request_as_it_was(alone):
    said = alone.get("/users/ana?a=1").text

    assert said.startswith("/users/ana a=1 ")


def test_a_trace_that_began_elsewhere_goes_on_and_is_named_in_the_log(alone, spans):
    said = alone.get("/users/ana", headers=PARENT).text

    (span,) = spans.get_finished_spans()
    assert said.endswith(TRACE)
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == "b7ad6b7169203331"


def test_a_fault_is_marked_without_its_words(alone, spans):
    reply = alone.get("/users/fault")

    (span,) = spans.get_finished_spans()
    assert reply.status_code == 500
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "FaultError")
    assert span.events == ()


def test_nobody_is_traced_unless_an_endpoint_is_named():
    assert provider_of({"OTEL_SERVICE_NAME": "attune", "OTEL_TRACES_SAMPLER": "always_on"}) is None
