"""Tracing: spans hold routes and faults, and never who was listening."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from service.logs import Asked, asked_now, during
from service.transport.bento import Traced

ROOT = Path(__file__).parents[2]
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
TRACING = {"services": {"attune": {"tracing": {"exporter_type": "in_memory", "sample_rate": 1.0}}}}
"""As an operator switches it on: under the service, because BentoML reads it nowhere else."""

WHOLE = """
import json, sys
from bentoml._internal.configuration.containers import BentoMLContainer
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient
from service.app import Attune
from tests.http.conftest import HERE

application = Attune.to_asgi()
seen = InMemorySpanExporter()
BentoMLContainer.tracer_provider.get().add_span_processor(SimpleSpanProcessor(seen))
with TestClient(application, raise_server_exceptions=False, **HERE) as client:
    client.get("/users/telling-ana?telling=query", headers=json.loads(sys.argv[1]))
    client.put("/tracks/telling-track", json={"lyrics": "telling tears of night"})
    labels = [{"event_id": "e", "track_id": "telling-track", "quadrant": "Q1"}]
    client.post("/update", json={"user_id": "telling-ana", "labels": labels})
spans = [json.loads(span.to_json()) for span in seen.get_finished_spans()]
sys.stdout.write("SPANS" + json.dumps(spans))
"""


class FaultError(Exception):
    pass


async def application(scope, receive, send):
    if scope["path"].endswith("fault"):
        raise FaultError("telling")
    said = f"{scope['path']} {scope['query_string'].decode()} {asked_now().trace_id}"
    await PlainTextResponse(said)(scope, receive, send)


@pytest.fixture(name="spans")
def _spans():
    return InMemorySpanExporter()


@pytest.fixture(name="client")
def _client(spans):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    traced = Traced(application, tracer_provider=provider)

    async def gate(scope, receive, send):
        with during(Asked("id-1", "GET", "/users/{user_id}")):
            await traced(scope, receive, send)

    return TestClient(gate, raise_server_exceptions=False)


def test_a_span_holds_the_route_and_nothing_of_the_request(client, spans):
    client.get("/users/telling?telling=1", headers={"user-agent": "telling", "cookie": "telling"})

    (span,) = spans.get_finished_spans()
    assert span.name == "GET /users/{user_id}"
    assert span.attributes["http.route"] == "/users/{user_id}"
    assert span.attributes["http.status_code"] == 200
    assert "telling" not in span.to_json()
    assert "testclient" not in span.to_json()  # who asked


def test_the_application_sees_the_request_as_it_was(client):
    said = client.get("/users/ana?a=1").text

    assert said.startswith("/users/ana a=1 ")


def test_a_trace_that_began_elsewhere_goes_on_and_is_named_in_the_log(client, spans):
    said = client.get("/users/ana", headers=PARENT).text

    (span,) = spans.get_finished_spans()
    assert said.endswith(TRACE)
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == "b7ad6b7169203331"


def test_a_fault_is_marked_without_its_words(client, spans):
    reply = client.get("/users/fault")

    (span,) = spans.get_finished_spans()
    assert reply.status_code == 500
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "FaultError")
    assert span.events == ()


@pytest.mark.slow
def test_the_whole_service_traces_only_when_it_is_asked_to_and_tells_nobody(tmp_path):
    environ = os.environ | {
        "ATTUNE_DATABASE_URL": f"sqlite:///{tmp_path / 'attune.db'}",
        "BENTOML_HOME": str(tmp_path),
        "BENTOML_CONFIG_OVERRIDES": json.dumps(TRACING),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", WHOLE, json.dumps(PARENT)]
    done = subprocess.run(  # noqa: S603  # our own command
        command, env=environ, capture_output=True, text=True, check=True, cwd=ROOT
    )

    told = done.stdout.partition("SPANS")[2]
    spans = {span["name"]: span for span in json.loads(told)}
    assert set(spans) == {"GET /users/{user_id}", "PUT /tracks/{track_id}", "POST /update"}
    assert spans["GET /users/{user_id}"]["context"]["trace_id"] == f"0x{TRACE}"
    assert "telling" not in told
    assert f"trace_id={TRACE}" in done.stderr


def test_nothing_is_traced_unless_somebody_looks(application_traced):
    assert not application_traced


@pytest.fixture(name="application_traced")
def _application_traced(served):
    from service.transport.bento import AttuneAppFactory

    return [each for each in AttuneAppFactory(served).middlewares if each.cls is Traced]
