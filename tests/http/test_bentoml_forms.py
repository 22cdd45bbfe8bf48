"""What BentoML's own client writes as JSON is read so, and nobody else's text is."""

import json
from urllib.parse import quote_plus

import pytest

from service.http.bentoml_forms import read_pairs, unwrapped
from service.http.errors import MalformedFormError
from service.http.multipart import MAX_TEXT_BYTES
from tests.http.guarded import refusal
from tests.http.samples import wav

pytestmark = pytest.mark.http

BENTOS = {"User-Agent": "BentoML HTTP Client/1.4.39"}
PAIRS = {"Content-Type": "application/x-www-form-urlencoded"}
LYRICS = 'He said "42", and é'


def felt(client, **sent):
    reply = client.post("/predict", **sent)
    assert reply.status_code == 200, reply.text
    return reply.json()["probabilities"]


@pytest.fixture(name="plain")
def _plain(client):
    return felt(client, json={"lyrics": LYRICS})


def test_a_form_with_a_file_holds_texts_in_json(client):
    files = {"audio": ("song.wav", wav(3.0))}
    ours = {"lyrics": LYRICS}
    theirs = {name: json.dumps(text) for name, text in ours.items()} | {"user_id": "null"}

    told = felt(client, files=files, data=theirs, headers=BENTOS)

    assert told == felt(client, files=files, data=ours)


def test_a_form_without_a_file_is_url_encoded(client, plain):
    assert felt(client, data={"lyrics": json.dumps(LYRICS)}, headers=BENTOS) == plain


def test_a_text_that_is_no_json_text_is_taken_as_it_is(client, plain):
    assert felt(client, data={"lyrics": LYRICS}, headers=BENTOS) == plain


def test_a_text_of_anybody_else_keeps_its_quotes(client):
    quoted, files = json.dumps(LYRICS), {"audio": ("song.wav", wav(3.0))}

    told = felt(client, files=files, data={"lyrics": quoted})

    assert told != felt(client, files=files, data={"lyrics": LYRICS})
    assert told != felt(client, files=files, data={"lyrics": quoted}, headers=BENTOS)


def test_a_title_keeps_its_quotes_whoever_sends_it(client, user):
    files = {"audio": ("song.wav", wav(3.0))}
    path = f"/tracks/heroes-{user}"

    reply = client.put(path, files=files, data={"title": '"Heroes"'}, headers=BENTOS)

    assert reply.json()["title"] == '"Heroes"'


@pytest.mark.parametrize("headers", [PAIRS, PAIRS | {"User-Agent": "curl/8"}])
def test_nobody_else_may_send_a_form_that_is_url_encoded(client, headers):
    reply = client.post("/predict", content="lyrics=la", headers=headers)

    assert refusal(reply) == (415, "unsupported_media_type")


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
        for name, told in routes.items()
        for argument, schema in told["properties"].items()
        if schema.get("type") == "file"
    }

    assert files == {("predict", "audio")}
    assert [name for name, told in routes.items() if "root_input" in told] == []


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

    assert unwrapped({"audio_embedding": text}) == {"audio_embedding": text}
