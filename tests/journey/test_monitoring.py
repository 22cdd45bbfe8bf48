"""A service that is watched: lines, numbers and probes of two workers, one of which is killed."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace

import httpx
import pytest

from tests.journey.servers import running, served_from, wait_for

pytestmark = [pytest.mark.journey, pytest.mark.slow]

TELLING = "telling"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(scope="module", name="spans")
def _spans():
    """What a collector of OpenTelemetry's receives: paths and bodies."""
    received = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
        Thread(target=collector.serve_forever, daemon=True).start()
        yield SimpleNamespace(url=f"http://127.0.0.1:{collector.server_port}", received=received)
        collector.shutdown()


@pytest.fixture(scope="module", name="served")
def _served(tmp_path_factory, spans):
    """Two workers that log JSON and trace, of which one was killed after some requests."""
    watched = served_from(
        tmp_path_factory.mktemp("watched"),
        ATTUNE_WORKERS="2",
        ATTUNE_LOG="json",
        ATTUNE_LOG_LEVEL="debug",
        OTEL_EXPORTER_OTLP_ENDPOINT=spans.url,
        OTEL_EXPORTER_OTLP_COMPRESSION="none",
        OTEL_BSP_SCHEDULE_DELAY="100",
    )
    with running(watched) as served:
        yield served


@pytest.fixture(scope="module", name="http")
def _http(served):
    with httpx.Client(base_url=served.url, trust_env=False, timeout=60) as http:
        yield http


@pytest.fixture(scope="module", name="asked", autouse=True)
def _asked(http):
    """Requests with ids that must not be told."""
    track, user = f"{TELLING}-track", f"{TELLING}-ana"
    label = {"event_id": f"{TELLING}-event", "track_id": track, "quadrant": "Q1"}
    secret = f"attune_abcdef_{TELLING}0123456789abcdefghijkl"
    replies = [
        http.put(f"/tracks/{track}", json={"lyrics": f"{TELLING} tears of night"}),
        http.post("/update", json={"user_id": user, "labels": [label]}),
        http.get(f"/users/{user}", params={"telling": TELLING}),
        http.get(f"/users/{TELLING}-nobody"),
        http.get(f"/{TELLING}"),
        http.post("/predict", content=f"{TELLING}", headers={"Content-Type": "text/csv"}),
        http.get("/model", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}),
        http.get("/model", headers={"Authorization": f"Bearer {secret}"}),
        http.get("/livez"),
    ]
    return [reply.status_code for reply in replies]


@pytest.fixture(name="lines")
def _lines(served, asked):
    """Every line of the log, each of them a JSON object."""
    del asked  # comes first
    return [json.loads(line) for line in served.log.read_text().splitlines()]


def test_every_request_has_one_line_that_names_it(lines, asked):
    message = [line for line in lines if line.get("logger") == "bentoml.attune.request"]
    routes = [(line["method"], line["route"], line["status"]) for line in message]

    assert ("PUT", "/tracks/{track_id}", 201) in routes
    assert ("GET", "unmatched", 404) in routes
    assert all(line["request_id"] and line["ms"] >= 0 and line["pid"] for line in message)
    assert len([status for *_, status in routes if status == 415]) == asked.count(415) == 1


def test_spans_reach_the_collector_and_hold_no_ids(spans, asked):
    del asked

    def sent():
        return b"".join(body for _, body in spans.received)

    for wanted in (bytes.fromhex(TRACE), b"/users/{user_id}"):  # each worker sends its own
        wait_for(lambda wanted=wanted: wanted in sent())
    assert {path for path, _ in spans.received} == {"/v1/traces"}
    assert TELLING.encode() not in sent()


def test_no_line_tells_who_was_listening_or_what_was_sent(served, lines):
    assert lines
    assert TELLING not in served.log.read_text()


def test_a_worker_that_is_killed_is_replaced_and_what_it_counted_stays(served, http):
    def metrics():
        message = http.get("/metrics").text.splitlines()
        return dict(line.rsplit(" ", 1) for line in message if not line.startswith("#"))

    wait_for(lambda: float(metrics()["attune_workers"]) == 2, served.log)
    workers = served.workers()
    before = metrics()
    workers[0].kill()
    seen = {worker.pid for worker in workers}
    wait_for(lambda: any(w.pid not in seen for w in served.workers()), served.log)
    wait_for(lambda: float(metrics()["attune_workers"]) == 2, served.log)
    after = metrics()

    assert TELLING not in "".join(after)
    assert float(after["attune_labels_accepted_total"]) == 1
    assert float(after["attune_requests_in_progress"]) <= 2  # this one, and a supervisor's probe
    put = 'attune_requests_total{method="PUT",route="/tracks/{track_id}",status="201"}'
    assert float(after[put]) == float(before[put]) == 1
    assert http.get("/readyz").json()["checks"]["database"] == "ok"
