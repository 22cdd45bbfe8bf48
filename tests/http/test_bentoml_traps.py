"""What BentoML 1.4 does that the service must not: a test for each trap that DESIGN.md lists.

Those that are tested elsewhere: the shape of raised errors and of 404, 405 and 413 in
test_refusals.py; 429 without Retry-After, 504, and metrics by path in test_gate.py; the sum over
workers in test_metrics.py; what a form lets through in test_forms.py.
"""

import ast
import importlib.util
import os
import pickle
import re
import socket
import tempfile
from pathlib import Path

import bentoml
import pytest
import yaml
from opentelemetry.sdk.trace import Tracer

from tests.http.samples import wav

pytestmark = pytest.mark.http

ROOT = Path(__file__).parents[2]


@pytest.fixture(name="listener")
def _listener():
    """A socket of this machine that notes who connects."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def form(body: bytes) -> dict:
    return {"content": body, "headers": {"Content-Type": "multipart/form-data; boundary=b"}}


def json_text(body: str) -> dict:
    return {"content": body, "headers": {"Content-Type": "application/json"}}


def field(name: str, value: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--'.encode()


@pytest.mark.parametrize("call", ["POST /predict", "PUT /tracks/downloaded"])
@pytest.mark.parametrize("sent", ["form", "json", "bare"])
def test_a_text_in_the_place_of_audio_opens_no_connection(client, listener, call, sent):
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/a.wav"
    bodies = {
        "form": form(field("audio", url)),
        "json": {"json": {"audio": url}},
        "bare": json_text(url),
    }
    method, path = call.split()

    reply = client.request(method, path, **bodies[sent])

    with pytest.raises(BlockingIOError):  # nobody is waiting
        listener.accept()
    assert 400 <= reply.status_code < 500


def test_where_a_track_is_heard_is_for_browsers_and_opens_no_connection(client, listener, user):
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/a.wav"

    put = client.put("/tracks/elsewhere", json={"lyrics": "far away", "audio_url": url})
    shown = client.get("/tracks/elsewhere")
    heard = client.get("/tracks/elsewhere/audio")
    asked = client.post("/query", json={"user_id": user, "playable": True})

    with pytest.raises(BlockingIOError):  # nobody is waiting
        listener.accept()
    assert [put.json()["audio_url"], shown.json()["audio_url"]] == [url, url]
    assert heard.status_code == 404
    assert "elsewhere" in {each["track_id"] for each in asked.json()["tracks"]}


UNREADABLE = (
    "application/vnd.bentoml+pickle",
    "application/vnd.bentoml+multipart",
    "application/vnd.apache.parquet",
    "application/x-parquet",
    "application/vnd.apache.arrow.stream",
    "application/octet-stream",
    "application/x-msgpack",
    "application/x-www-form-urlencoded",
    "multipart/mixed; boundary=b",
    "text/uri-list",
    "audio/wav",
    "",
)
"""Media types that no call takes; BentoML and its neighbours read most of them."""


class Bomb:
    """Does something when it is unpickled."""

    def __init__(self, crater: Path) -> None:
        self.crater = crater

    def __reduce__(self):
        return Path.touch, (self.crater,)


@pytest.fixture(name="dialled")
def _dialled(monkeypatch):
    """Every address that this process has tried to reach or look up."""
    dialled = []
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, lambda _, to: dialled.append(to))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **_: dialled.append(asked))
    return dialled


@pytest.mark.parametrize("media_type", UNREADABLE)
def test_no_call_unpickles_or_fetches_whatever_it_is_sent_as(
    client, dialled, tmp_path, media_type
):
    bomb = pickle.dumps(Bomb(tmp_path / "crater"))
    url = b"http://192.0.2.1/a.wav"
    calls = [
        (method, path.format(track_id="trapped", user_id="trapped"))
        for path, operations in client.get("/openapi.json").json()["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation
    ]
    headers = {"Content-Type": media_type, "Args": "x", "Payload-Type": "pickle"}

    told = [
        client.request(method, path, content=body, headers=headers).status_code
        for method, path in calls
        for body in (bomb, url, b'{"audio": "%s", "url": "%s"}' % (url, url))
    ]

    assert not (tmp_path / "crater").exists()
    assert dialled == []
    assert len(calls) >= 7
    assert set(told) == {415}


@pytest.mark.parametrize("text", ["1 love", "null", "true", '"la"', '["la", 2]', '{"a": 1}'])
def test_a_text_of_a_form_is_not_read_as_json(client, text):
    of_form = client.post("/predict", files={"lyrics": (None, text)})
    of_json = client.post("/predict", json={"lyrics": text})

    assert of_form.status_code == of_json.status_code == 200
    assert of_form.json() == of_json.json()


def test_one_route_takes_a_form_and_json(client, tone):
    """`Path | None` fails at start and `Path = None` keeps names of clients': it is neither."""
    of_form = client.post("/predict", files={"audio": ("a.wav", tone)}, data={"lyrics": "la la"})
    of_json = client.post("/predict", json={"lyrics": "la la"})

    assert set(of_form.json()["modalities"]) == {"audio", "lyrics"}
    assert set(of_json.json()["modalities"]) == {"lyrics"}


def test_the_body_does_not_nest_under_the_name_of_a_parameter(client):
    assert client.post("/predict", json={"body": {"lyrics": "la"}}).status_code == 422
    assert client.post("/predict", json={"lyrics": "la"}).status_code == 200


@pytest.mark.parametrize("path", sorted(ROOT.glob("service/**/*.py")), ids=lambda path: path.name)
def test_no_module_of_the_service_postpones_annotations(path):
    """BentoML reads annotations when the class is made."""
    imports = [
        node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ImportFrom)
    ]

    assert "__future__" not in [node.module for node in imports]


def test_no_file_takes_the_name_that_a_client_chose_and_none_stays(client, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    large = wav(15.0, rate_hz=44_100)  # more than is kept in memory

    for name in ("../../evil.wav", "e" * 1_000, "a\\b:c?.wav", "/etc/passwd"):
        reply = client.post("/predict", files={"audio": (name, large)})
        assert reply.status_code == 200, reply.text

    assert list(tmp_path.rglob("*")) == []


def test_several_requests_are_computed_at_once(served):
    """BentoML's default is one thread for all requests of a worker."""
    assert served.config["threads"] == 2


def test_no_service_is_called_over_the_network_from_within(served):
    """`bentoml.depends` fails under load and costs four times a call: there is one service."""
    assert served.dependencies == {}
    assert list(served.all_services()) == ["attune"]


def test_metrics_hold_no_ids_and_none_of_bentoml(client, user, old_track):
    client.post("/predict", json={"track_id": old_track, "user_id": user})
    client.get(f"/users/{user}")
    client.get(f"/tracks/{old_track}", params={"user_id": user})

    told = client.get("/metrics").text

    assert user not in told
    assert old_track not in told
    assert "bentoml" not in told
    assert 'attune_requests_total{method="GET",route="/users/{user_id}",status="404"}' in told
    assert 'attune_request_seconds_count{method="POST",route="/predict"}' in told


def test_logs_hold_no_ids(client, user, capsys):
    """BentoML's access log writes paths, and with them ids of users who want to be forgotten."""
    client.get(f"/users/{user}/labels", headers={"X-Request-ID": "look-me-up"})

    lines = capsys.readouterr().err
    assert re.search(r"GET /users/\{user_id\}/labels 404 .* look-me-up", lines)
    assert user not in lines


def test_another_origin_is_not_let_in(client):
    """User middleware runs outside BentoML's CORS: it is off, and the gate adds none."""
    asked = {"Origin": "http://elsewhere.test", "Access-Control-Request-Method": "POST"}

    reply = client.options("/update", headers=asked)

    assert reply.status_code == 405
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_bentoml_traces_nobody(client, monkeypatch):
    """BentoML would trace every request, exporter or not: a third of what a request costs."""
    started = []
    monkeypatch.setattr(Tracer, "start_span", lambda *_, **named: started.append(named))

    assert client.get("/model").status_code == 200
    assert started == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("service/**/*.py")), ids=lambda path: path.name)
def test_nothing_private_of_bentoml_is_imported(path):
    private = re.compile(r"^\s*(?:from|import) (_bentoml\w*|bentoml\._\w*)", re.MULTILINE)

    assert private.findall(path.read_text()) == []


@pytest.mark.usefixtures("served")
def test_usage_is_not_reported():
    assert os.environ["BENTOML_DO_NOT_TRACK"] == "True"


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_page_that_people_see_asks_nobody_else(client, path):
    """BentoML's start page loads a tracker, FastAPI's documentation a CDN."""
    reply = client.get(path)

    assert reply.status_code == 200
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "<script>" not in reply.text
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", reply.text)


@pytest.mark.parametrize("name", ["uvloop", "httptools"])
def test_what_halves_the_cost_of_a_request_is_installed(name):
    """BentoML does not ask for them."""
    assert importlib.util.find_spec(name) is not None


def test_a_bento_holds_what_is_served_and_nothing_else():
    """Without anchored patterns everything travels, and pyproject's dependencies are not read."""
    recipe = yaml.safe_load((ROOT / "bentofile.yaml").read_text())

    assert recipe["service"] == "service.app:Attune"  # a folder is called "service"
    assert recipe["include"]
    assert all(pattern.startswith("/") for pattern in recipe["include"])
    assert recipe["python"]["requirements_txt"].startswith("requirements/")
    assert recipe["python"]["lock_packages"] is False


def test_the_service_that_is_served_can_be_found_by_name(monkeypatch):
    monkeypatch.chdir(ROOT)

    assert bentoml.load("service.app:Attune").name == "attune"
