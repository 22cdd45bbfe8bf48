"""The work that a body causes before it is refused: little, and in nobody's way."""

import os
import sys

import httpx
import psutil
import pytest

from service.http.strict_json import MAX_NODES
from service.http.validation_errors import MAX_ERRORS
from tests.http.bad_requests import UPDATE
from tests.http.cost_meter import HOST, MIB, cost_of
from tests.journey.servers import ROOT, free_port
from tests.servers import BOUND_S, wait_for_process

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


TOO_MUCH = (400, "malformed_json", f"more than {MAX_NODES} objects, lists and texts")
LABELS = (b'{"user_id": "u", "labels": [', b"]}")
TOO_LONG = (422, "invalid_request", "at most 16384")
TOO_MANY = (422, "invalid_request", "more than 200000 lines")


def labels(body):
    return UPDATE, JSON, body


def form(piece, before, after):
    return "POST /predict", FORM, filled(piece, FILE + before, after, UPLOAD_BYTES)


HEAVY = {
    "unknown keys": (lambda: labels(unknown_keys(JSON_BYTES)), TOO_MUCH),
    "unknown keys of a label": (
        lambda: labels(unknown_keys(JSON_BYTES - 99).join(LABELS)),
        TOO_MUCH,
    ),
    "unknown keys of a thousand labels": (
        lambda: labels(b",".join([unknown_keys(8_000)] * 1_000).join(LABELS)),
        TOO_MUCH,
    ),
    "empty objects": (lambda: labels(filled(b"{},", LABELS[0], b"{}]}")), TOO_MUCH),
    "nested lists": (lambda: labels(filled(b"[[[[[[[[]]]]]]]],", LABELS[0], b"0]}")), TOO_MUCH),
    "ids": (lambda: labels(filled(b'"bc",', LABELS[0], b"0]}")), TOO_MUCH),
    "numbers": (
        lambda: ("POST /predict", JSON, filled(b"1e9,", b'{"audio_embedding": [', b"0]}")),
        TOO_LONG,
    ),
    "empty lines": (lambda: ("POST /users/u/labels", LINES, b"\n" * UPLOAD_BYTES), TOO_MANY),
    "boundaries in data": (
        lambda: form(b"\r\n--bx", b"", b"\r\n--b--"),
        (400, "malformed_form", "too often"),
    ),
    "white space after a boundary": (
        lambda: form(b" ", b"\r\n--b", b"\r\n"),
        (400, "malformed_form", "too much white space"),
    ),
}
"""By name: what makes a call with a body as large as its kind may be, and how it is refused."""


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
        command = [sys.executable, "-m", "tests.http.server_process", str(port)]
        process = psutil.Popen(command, cwd=ROOT, env=environ, stdout=file, stderr=file)

    def is_ready():
        try:
            return httpx.get(f"http://{HOST}:{port}/readyz", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    try:
        wait_for_process(process, is_ready, log)
        yield process, port
    finally:
        process.terminate()
        process.wait(BOUND_S)


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_body_is_refused_cheaply_and_in_nobodys_way(alone, name):
    make, (status, code, message) = HEAVY[name]
    call, media_type, body = make()

    cost = cost_of(*alone, f"{call} HTTP/1.1\r\n{media_type}", body)

    assert cost.wait_s < WAIT_S
    assert cost.cpu_s < CPU_S
    assert cost.memory < GROWTH * len(body)
    assert (cost.status, cost.told["code"]) == (status, code), cost.told
    assert message in cost.told["detail"]


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

    assert (cost.status, cost.told["accepted"]) == (200, 25_000), cost.told
    assert cost.wait_s < WAIT_S


@pytest.mark.parametrize("n_faults", [1, MAX_ERRORS, MAX_ERRORS + 1, 700])
def test_of_many_faults_twenty_are_told_and_the_others_counted(client, n_faults):
    message = client.post("/predict", json={f"k{i}": 0 for i in range(n_faults)}).json()

    more = f" And {n_faults - 1} more." * (n_faults > 1)
    known = "track_id, user_id and fusion"
    assert message["detail"].startswith("k0 is not a known field; known are audio, lyrics, ")
    assert message["detail"].endswith(f"{known}.{more}")
    assert [error["field"] for error in message["errors"]] == [
        f"k{i}" for i in range(min(n_faults, MAX_ERRORS))
    ]


@pytest.mark.parametrize(
    ("label", "end"),
    [
        ({"event_id": "e", "genre": "pop"}, "labels[0].genre is not a known field. And 299 more."),
        ({}, "may omit it. And 299 more."),
    ],
)
def test_faults_of_labels_are_counted_too(client, label, end):
    labels = [{"track_id": "t", "quadrant": "Q1"} | label] * 300

    message = client.post("/update", json={"user_id": "u", "labels": labels}).json()

    assert message["detail"].endswith(end)
    assert len(message["errors"]) == MAX_ERRORS
