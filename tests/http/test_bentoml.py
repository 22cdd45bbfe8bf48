"""What BentoML 1.4 does and the service must not, and how BentoML's own client is read."""

import importlib.util
import json
import os
import pickle
import re
import socket
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from opentelemetry.sdk.trace import Tracer

from service.http.bentoml_forms import read_pairs, unwrap_json
from service.http.errors import MalformedFormError
from service.http.multipart import MAX_TEXT_BYTES
from tests.http.authorized_service import refusal
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

    message = [
        client.request(method, path, content=body, headers=headers).status_code
        for method, path in calls
        for body in (bomb, url, b'{"audio": "%s", "url": "%s"}' % (url, url))
    ]

    assert not (tmp_path / "crater").exists()
    assert dialled == []
    assert len(calls) >= 7
    assert set(message) == {415}


def test_one_service_answers_on_several_threads_and_calls_no_other(served):
    """BentoML's default is one thread; `bentoml.depends` costs four times a call."""
    assert served.config["threads"] == 2
    assert served.dependencies == {}
    assert list(served.all_services()) == ["attune"]


def test_nothing_private_of_bentoml_is_imported():
    private = re.compile(r"^\s*(?:from|import) (_bentoml\w*|bentoml\._\w*)", re.MULTILINE)
    texts = {path.name: path.read_text() for path in ROOT.glob("service/**/*.py")}

    assert texts
    assert {
        name: private.findall(text) for name, text in texts.items() if private.search(text)
    } == {}


def test_bentoml_traces_nobody(client, monkeypatch):
    """BentoML would trace every request, exporter or not: a third of what a request costs."""
    started = []
    monkeypatch.setattr(Tracer, "start_span", lambda *_, **named: started.append(named))

    assert client.get("/model").status_code == 200
    assert started == []


@pytest.mark.usefixtures("served")
def test_usage_is_not_reported():
    assert os.environ["BENTOML_DO_NOT_TRACK"] == "True"


@pytest.mark.parametrize("name", ["uvloop", "httptools"])
def test_what_halves_the_cost_of_a_request_is_installed(name):
    """BentoML does not ask for them."""
    assert importlib.util.find_spec(name) is not None


BENTOS = {"User-Agent": "BentoML HTTP Client/1.4.39"}
PAIRS = {"Content-Type": "application/x-www-form-urlencoded"}
LYRICS = 'He said "42", and é'


def felt(client, **sent):
    reply = client.post("/predict", **sent)
    assert reply.status_code == 200, reply.text
    return reply.json()["probabilities"]


def test_a_form_with_a_file_holds_texts_in_json(client):
    files = {"audio": ("song.wav", wav(3.0))}
    ours = {"lyrics": LYRICS}
    theirs = {name: json.dumps(text) for name, text in ours.items()} | {"user_id": "null"}

    message = felt(client, files=files, data=theirs, headers=BENTOS)

    assert message == felt(client, files=files, data=ours)


@pytest.mark.parametrize("text", [json.dumps(LYRICS), LYRICS], ids=["JSON", "plain"])
def test_a_form_without_a_file_is_url_encoded(client, text):
    message = felt(client, data={"lyrics": text}, headers=BENTOS)

    assert message == felt(client, json={"lyrics": LYRICS})


def test_a_text_of_anybody_else_keeps_its_quotes(client):
    quoted, files = json.dumps(LYRICS), {"audio": ("song.wav", wav(3.0))}

    message = felt(client, files=files, data={"lyrics": quoted})

    assert message != felt(client, files=files, data={"lyrics": LYRICS})
    assert message != felt(client, files=files, data={"lyrics": quoted}, headers=BENTOS)


def test_a_title_keeps_its_quotes_whoever_sends_it(client, user):
    files = {"audio": ("song.wav", wav(3.0))}
    path = f"/tracks/heroes-{user}"

    reply = client.put(path, files=files, data={"title": '"Heroes"'}, headers=BENTOS)

    assert reply.json()["title"] == '"Heroes"'


@pytest.mark.parametrize("path", ["/query", "/update"])
def test_a_call_that_takes_no_form_takes_none_of_bentomls(client, path):
    reply = client.post(path, content="user_id=ana", headers=BENTOS | PAIRS)

    assert refusal(reply) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [b"lyrics", b"lyrics=%ff", b"lyrics=\xff", b"lyrics=a&lyrics=b", b"&".join([b"a=1"] * 17)],
    ids=["no value", "quoted bytes", "bytes", "twice", "too many"],
)
def test_a_form_that_is_none_is_refused(client, body):
    reply = client.post("/predict", content=body, headers=BENTOS | PAIRS)

    assert refusal(reply) == (400, "malformed_form")


def test_a_form_of_nothing_asks_for_nothing(client):
    reply = client.post("/predict", content=b"", headers=BENTOS | PAIRS)

    assert refusal(reply) == (422, "no_evidence")


def test_what_is_json_inside_is_held_against_the_same_rules(client):
    reply = client.post("/predict", data={"lyrics": r'"\ud800"'}, headers=BENTOS)

    assert reply.status_code == 422


def test_bentomls_client_is_told_of_arguments_by_name_and_of_files(client):
    routes = {
        route["name"]: route["input"] for route in client.get("/schema.json").json()["routes"]
    }

    files = {
        (name, argument)
        for name, message in routes.items()
        for argument, schema in message["properties"].items()
        if schema.get("type") == "file"
    }

    assert files == {("predict", "audio")}
    assert [name for name, message in routes.items() if "root_input" in message] == []


@pytest.mark.parametrize("n_before", range(4_086, 4_098))
def test_an_escape_is_read_wherever_it_stands_in_a_long_text(n_before):
    text = "a" * n_before + "é+%41 %"

    assert read_pairs(f"lyrics={quote_plus(text)}".encode()) == {"lyrics": text}


def test_a_field_is_as_long_as_in_any_form():
    assert read_pairs(b"lyrics=" + b"%61" * MAX_TEXT_BYTES) == {"lyrics": "a" * MAX_TEXT_BYTES}
    with pytest.raises(MalformedFormError, match="longer than 1048576 bytes"):
        read_pairs(b"lyrics=" + b"%61" * (MAX_TEXT_BYTES + 1))


def test_a_text_that_holds_too_much_is_not_read_as_json():
    text = json.dumps([[]] * 40_000)

    assert unwrap_json({"audio_embedding": text}) == {"audio_embedding": text}
