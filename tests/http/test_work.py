"""The work that a body causes before it is refused: little, and in nobody's way."""

import os
import sys
from dataclasses import dataclass

import httpx
import psutil
import pytest

from service.http.strict_json import MAX_NODES
from service.http.validation_errors import MAX_ERRORS
from tests.http.costing import HOST, MIB, PATIENCE_S, cost_of
from tests.http.refusal import UPDATE
from tests.journey.serving import ROOT, free_port, wait_for

pytestmark = pytest.mark.http

JSON_BYTES = 8 * MIB
UPLOAD_BYTES = 32 * MIB
WAIT_S = 2.0
CPU_S = 3.0
"""Reading 8 MiB of numbers takes 0.5 s, and there are slower machines."""
GROWTH = 16
"""Times the size of a body; a list of numbers of three digits takes 10 times its size."""

JSON = "Content-Type: application/json"
LINES = "Content-Type: application/x-ndjson"
FORM = "Content-Type: multipart/form-data; boundary=b"
FILE = b'--b\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\n\r\n'


def filled(piece, before, after, n_bytes=JSON_BYTES):
    """A text of almost so many bytes, of the same piece again and again."""
    return before + piece * ((n_bytes - len(before) - len(after)) // len(piece)) + after


def unknown_keys(n_bytes):
    return b"{" + b",".join(b'"%07x":0' % i for i in range(n_bytes // 13)) + b"}"


@dataclass(frozen=True)
class Heavy:
    """A body that is as large as its kind may be, and how it is refused."""

    call: str
    media_type: str
    body: bytes
    status: int
    code: str
    told: str


def json_body(call, body, told, status=400, code="malformed_json"):
    return Heavy(call, JSON, body, status, code, told)


def form_body(body, told):
    return Heavy("POST /predict", FORM, body, 400, "malformed_form", told)


def heavy():
    """Yield names and bodies, made when they are needed."""
    too_much = f"more than {MAX_NODES} objects, lists and texts"
    in_labels = (b'{"user_id": "u", "labels": [', b"]}")
    yield "unknown keys", lambda: json_body(UPDATE, unknown_keys(JSON_BYTES), too_much)
    yield (
        "unknown keys of a label",
        lambda: json_body(UPDATE, unknown_keys(JSON_BYTES - 99).join(in_labels), too_much),
    )
    yield (
        "unknown keys of a thousand labels",
        lambda: json_body(
            UPDATE, b",".join([unknown_keys(8_000)] * 1_000).join(in_labels), too_much
        ),
    )
    yield (
        "empty objects",
        lambda: json_body(UPDATE, filled(b"{},", in_labels[0], b"{}]}"), too_much),
    )
    yield (
        "nested lists",
        lambda: json_body(
            UPDATE, filled(b"[[[[[[[[[[[[]]]]]]]]]]]],", in_labels[0], b"0]}"), too_much
        ),
    )
    yield (
        "ids",
        lambda: json_body(UPDATE, filled(b'"bc",', in_labels[0], b"0]}"), too_much),
    )
    yield (
        "numbers",
        lambda: json_body(
            "POST /predict",
            filled(b"1e9,", b'{"audio_embedding": [', b"0]}"),
            "at most 16384",
            422,
            "invalid_request",
        ),
    )
    yield (
        "empty lines",
        lambda: Heavy(
            "POST /users/u/labels",
            LINES,
            b"\n" * UPLOAD_BYTES,
            422,
            "invalid_request",
            "more than 200000 lines",
        ),
    )
    yield (
        "boundaries in data",
        lambda: form_body(filled(b"\r\n--bx", FILE, b"\r\n--b--", UPLOAD_BYTES), "too often"),
    )
    yield (
        "white space behind a boundary",
        lambda: form_body(
            filled(b" ", FILE + b"\r\n--b", b"\r\n", UPLOAD_BYTES), "too much white space"
        ),
    )


HEAVY = dict(heavy())


@pytest.fixture(scope="module", name="alone")
def _alone(tmp_path_factory):
    """A process that serves, and its port."""
    folder, port = tmp_path_factory.mktemp("alone"), free_port()
    environ = os.environ | {
        "ATTUNE_DATABASE_URL": f"sqlite:///{folder / 'attune.db'}",
        "ATTUNE_CALIBRATE": "never",
    }
    log = folder / "log"
    with log.open("wb") as file:
        command = [sys.executable, "-m", "tests.http.alone", str(port)]
        process = psutil.Popen(command, cwd=ROOT, env=environ, stdout=file, stderr=file)

    def is_ready():
        assert process.poll() is None, log.read_text()
        try:
            return httpx.get(f"http://{HOST}:{port}/readyz", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    try:
        wait_for(is_ready, log)
        yield process, port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_body_is_refused_cheaply_and_in_nobodys_way(alone, name):
    heavy = HEAVY[name]()

    cost = cost_of(*alone, f"{heavy.call} HTTP/1.1\r\n{heavy.media_type}", heavy.body)

    assert cost.wait_s < WAIT_S
    assert cost.cpu_s < CPU_S
    assert cost.memory < GROWTH * len(heavy.body)
    assert (cost.status, cost.told["code"]) == (heavy.status, heavy.code), cost.told
    assert heavy.told in cost.told["detail"]


def test_the_most_numbers_that_a_body_can_hold_are_read_in_nobodys_way(alone):
    entry = filled(b"0,", b'{"audio_embedding": [', b"0]}", 8_000)
    body = b'{"embeddings": [' + b",".join([entry] * 1_000) + b"]}"

    cost = cost_of(*alone, f"POST /predict_batch HTTP/1.1\r\n{JSON}", body)

    assert cost.status < 500
    assert cost.wait_s < WAIT_S


def test_many_lines_are_read_in_nobodys_way(alone):
    line = (
        b'{"event_id":"%d","track_id":"t","quadrant":"Q1","created_at":"2026-01-01T00:00:00Z"}\n'
    )
    body = b"".join(line % i for i in range(25_000))

    cost = cost_of(*alone, f"POST /users/u/labels HTTP/1.1\r\n{LINES}", body)

    assert (cost.status, cost.told["code"]) == (404, "track_not_found"), cost.told
    assert cost.wait_s < WAIT_S


@pytest.mark.parametrize("n_faults", [1, MAX_ERRORS, MAX_ERRORS + 1, 700])
def test_of_many_faults_twenty_are_told_and_the_others_counted(client, n_faults):
    told = client.post("/predict", json={f"k{i}": 0 for i in range(n_faults)}).json()

    more = f" And {n_faults - 1} more." * (n_faults > 1)
    assert told["detail"] == f"k0 is not a known field.{more}"
    assert [error["field"] for error in told["errors"]] == [
        f"k{i}" for i in range(min(n_faults, MAX_ERRORS))
    ]


def test_faults_of_labels_are_counted_too(client):
    labels = [{"event_id": "e", "track_id": "t", "quadrant": "Q1", "genre": "pop"}] * 300

    told = client.post("/update", json={"user_id": "u", "labels": labels}).json()

    assert told["detail"] == "labels[0].genre is not a known field. And 299 more."
    assert len(told["errors"]) == MAX_ERRORS


def test_labels_without_a_name_are_counted_too(client):
    labels = [{"track_id": "t", "quadrant": "Q1"}] * 300

    told = client.post("/update", json={"user_id": "u", "labels": labels}).json()

    assert told["detail"].endswith("may leave it out. And 299 more.")
    assert len(told["errors"]) == MAX_ERRORS
