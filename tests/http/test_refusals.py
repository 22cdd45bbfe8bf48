"""What is refused: each with its status and its code, all in one shape."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.http.samples import MAX_JSON_BYTES, wav

pytestmark = pytest.mark.http

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
LONG = "la " * 33_334  # 100,002 characters
LABEL = {"event_id": "e", "track_id": "t", "quadrant": "Q1"}


@dataclass(frozen=True)
class Refusal:
    """A request and how it is refused; ``told`` must be in the sentence."""

    name: str
    call: str
    status: int
    code: str
    told: str = ""
    sent: Mapping[str, Any] = field(default_factory=dict)


def typed(media_type: str) -> Mapping[str, Any]:
    return {"content": b'{"lyrics": "la"}', "headers": {"Content-Type": media_type}}


def raw(body: bytes | str) -> Mapping[str, Any]:
    return {"content": body, "headers": JSON}


def form(body: bytes) -> Mapping[str, Any]:
    return {"content": body, "headers": FORM}


def part(disposition: bytes, value: bytes) -> bytes:
    return b"--b\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + value + b"\r\n"


def audio(data: bytes, **texts: str) -> Mapping[str, Any]:
    return {"files": {"audio": ("a.wav", data)}, "data": texts}


def body(**fields: Any) -> Mapping[str, Any]:
    return {"json": fields}


def label(**changes: Any) -> Mapping[str, Any]:
    kept = {key: value for key, value in (LABEL | changes).items() if value is not None}
    return {"content": json.dumps({"user_id": "u", "labels": [kept]}), "headers": JSON}


PREDICT, BATCH, QUERY, UPDATE = (
    "POST /predict",
    "POST /predict_batch",
    "POST /query",
    "POST /update",
)
PUT = "PUT /tracks/refused"

MEDIA_TYPES = [
    Refusal(
        "no media type",
        PREDICT,
        415,
        "unsupported_media_type",
        "no Content-Type",
        {"content": b"{}"},
    ),
    Refusal(
        "plain text", PREDICT, 415, "unsupported_media_type", "text/plain", typed("text/plain")
    ),
    Refusal(
        "a urlencoded form, which is what curl -d sends",
        PREDICT,
        415,
        "unsupported_media_type",
        "takes application/json or multipart/form-data",
        typed("application/x-www-form-urlencoded"),
    ),
    Refusal(
        "pickle",
        PREDICT,
        415,
        "unsupported_media_type",
        "pickle",
        typed("application/vnd.bentoml+pickle"),
    ),
    Refusal(
        "pickle in capitals",
        UPDATE,
        415,
        "unsupported_media_type",
        "",
        typed("Application/VND.BentoML+Pickle"),
    ),
    Refusal("bytes", QUERY, 415, "unsupported_media_type", "", typed("application/octet-stream")),
    Refusal("a form for a query", QUERY, 415, "unsupported_media_type", "", audio(b"x")),
    Refusal("a form for labels", UPDATE, 415, "unsupported_media_type", "", audio(b"x")),
    Refusal("text for a track", PUT, 415, "unsupported_media_type", "", typed("text/plain")),
]

NOT_JSON = [
    Refusal("nothing", PREDICT, 400, "malformed_json", "", raw(b"")),
    Refusal("no JSON", PREDICT, 400, "malformed_json", "column 1", raw(b"la la")),
    Refusal("half an object", PREDICT, 400, "malformed_json", "", raw(b'{"lyrics": "la')),
    Refusal("a list", PREDICT, 400, "malformed_json", "a list of 1", raw(b"[1]")),
    Refusal("a text", PREDICT, 400, "malformed_json", "hey", raw(b'"hey"')),
    Refusal("null", PREDICT, 400, "malformed_json", "null", raw(b"null")),
    Refusal("no UTF-8", PREDICT, 400, "malformed_json", "byte 0xff", raw(b'{"lyrics": "\xff"}')),
    Refusal(
        "UTF-16", PREDICT, 400, "malformed_json", "", raw('{"lyrics": "la"}'.encode("utf-16"))
    ),
    Refusal("a byte order mark", PREDICT, 400, "malformed_json", "", raw(b"\xef\xbb\xbf{}")),
    Refusal("deep nesting", PREDICT, 400, "malformed_json", "deeply", raw(b"[" * 100_000)),
    Refusal(
        "a key twice",
        PREDICT,
        400,
        "malformed_json",
        '"lyrics" comes twice',
        raw(b'{"lyrics": "a", "lyrics": "b"}'),
    ),
    Refusal(
        "NaN",
        UPDATE,
        400,
        "malformed_json",
        "NaN",
        label(quadrant=None, valence=float("nan"), arousal=0),
    ),
    Refusal(
        "infinity",
        UPDATE,
        400,
        "malformed_json",
        "Infinity",
        label(quadrant=None, valence=float("inf"), arousal=0),
    ),
    Refusal("NaN in a track", PUT, 400, "malformed_json", "NaN", raw(b'{"title": NaN}')),
    Refusal(
        "an endless number",
        QUERY,
        400,
        "malformed_json",
        "",
        raw(b'{"user_id": "u", "n": 1' + b"0" * 5_000 + b"}"),
    ),
]

FORMS = [
    Refusal(
        "a form without a boundary",
        PREDICT,
        400,
        "malformed_form",
        "boundary",
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    ),
    Refusal("a form that is none", PREDICT, 400, "malformed_form", "not a form", form(b"la la")),
    Refusal("an empty form", PREDICT, 400, "malformed_form", "cut off", form(b"")),
    Refusal(
        "a form cut off",
        PREDICT,
        400,
        "malformed_form",
        "cut off",
        form(part(b'name="lyrics"', b"la")),
    ),
    Refusal(
        "a field twice",
        PREDICT,
        400,
        "malformed_form",
        '"lyrics" comes twice',
        form(part(b'name="lyrics"', b"la") * 2 + b"--b--"),
    ),
    Refusal(
        "lyrics that are no UTF-8",
        PREDICT,
        400,
        "malformed_form",
        "not UTF-8",
        form(part(b'name="lyrics"', b"\xff") + b"--b--"),
    ),
    Refusal(
        "an unknown field of a form",
        PREDICT,
        422,
        "invalid_request",
        "colour is not a known field",
        form(part(b'name="colour"', b"red") + b"--b--"),
    ),
    Refusal(
        "a text where the audio goes",
        PREDICT,
        422,
        "invalid_request",
        'audio is "la"',
        form(part(b'name="audio"', b"la") + b"--b--"),
    ),
    Refusal(
        "a file where the lyrics go",
        PREDICT,
        422,
        "invalid_request",
        "lyrics is a file",
        {"files": {"lyrics": ("l.txt", b"la")}},
    ),
    Refusal(
        "a file where the title goes",
        PUT,
        422,
        "invalid_request",
        "title is a file",
        {"files": {"title": ("l.txt", b"la")}},
    ),
    Refusal(
        "a file for an id",
        PREDICT,
        422,
        "invalid_request",
        "come with it",
        audio(wav(), track_id="t"),
    ),
    Refusal(
        "audio in JSON",
        PREDICT,
        422,
        "invalid_request",
        "audio is",
        body(audio="http://127.0.0.1/a.wav"),
    ),
]

AUDIO = [
    Refusal(
        "a text named wav", PREDICT, 422, "undecodable_audio", "wav, flac", audio(b"la la la" * 50)
    ),
    Refusal("an empty file", PREDICT, 422, "undecodable_audio", "", audio(b"")),
    Refusal("a broken file", PREDICT, 422, "undecodable_audio", "", audio(wav()[:30])),
    Refusal("silence", PREDICT, 422, "silent_audio", "", audio(wav(peak=0.0))),
    Refusal("a blink of audio", PREDICT, 422, "audio_too_short", "0.5 s", audio(wav(0.1))),
    Refusal("too long an audio", PREDICT, 422, "audio_too_long", "20 s", audio(wav(20.5))),
    Refusal("no audio for a track", PUT, 422, "undecodable_audio", "", audio(b"la la la" * 50)),
]

PREDICTIONS = [
    Refusal("nothing to judge", PREDICT, 422, "no_evidence", "", body()),
    Refusal("empty lyrics", PREDICT, 422, "no_evidence", "", body(lyrics="")),
    Refusal("blank lyrics", PREDICT, 422, "no_evidence", "", body(lyrics=" \n\t")),
    Refusal("an empty batch item", BATCH, 422, "invalid_request", "lyrics", body(lyrics=[])),
    Refusal(
        "lyrics that are a number",
        PREDICT,
        422,
        "invalid_request",
        "lyrics is 123",
        body(lyrics=123),
    ),
    Refusal(
        "lyrics without end",
        PREDICT,
        422,
        "invalid_request",
        "(100002 characters)",
        body(lyrics=LONG),
    ),
    Refusal("lyrics with U+0000", PREDICT, 422, "invalid_request", "U+0000", body(lyrics="a\0b")),
    Refusal(
        "half a character",
        PREDICT,
        422,
        "invalid_request",
        "lyrics",
        raw(b'{"lyrics": "\\ud800"}'),
    ),
    Refusal(
        "an id and lyrics",
        PREDICT,
        422,
        "invalid_request",
        "come with it",
        body(track_id="t", lyrics="la"),
    ),
    Refusal(
        "an unknown field",
        PREDICT,
        422,
        "invalid_request",
        "colour is not a known",
        body(colour="red"),
    ),
    Refusal(
        "an unheard-of track",
        PREDICT,
        404,
        "track_not_found",
        "'nowhere'",
        body(track_id="nowhere"),
    ),
    Refusal("an empty id", PREDICT, 422, "invalid_request", 'track_id is ""', body(track_id="")),
    Refusal("a long id", PREDICT, 422, "invalid_request", "200", body(track_id="a" * 201)),
    Refusal("an id with a slash", PREDICT, 422, "invalid_request", "a/b", body(track_id="a/b")),
    Refusal("an id with a line end", PREDICT, 422, "invalid_request", "", body(track_id="a\n")),
    Refusal(
        "a user with a space",
        PREDICT,
        422,
        "invalid_request",
        "user_id",
        body(lyrics="la", user_id="a b"),
    ),
    Refusal(
        "an unheard-of fusion",
        PREDICT,
        422,
        "unknown_fusion",
        "'magic'",
        body(lyrics="la", fusion="magic"),
    ),
    Refusal(
        "a fusion of what is not there",
        PREDICT,
        422,
        "missing_modality",
        "audio",
        body(lyrics="la", fusion="audio"),
    ),
    Refusal("neither ids nor lyrics", BATCH, 422, "invalid_request", "Exactly one", body()),
    Refusal(
        "ids and lyrics",
        BATCH,
        422,
        "invalid_request",
        "Exactly one",
        body(track_ids=["t"], lyrics=["la"]),
    ),
    Refusal(
        "a large batch",
        BATCH,
        422,
        "invalid_request",
        "a list of 1001",
        body(track_ids=["t"] * 1001),
    ),
    Refusal(
        "a bad id in a batch",
        BATCH,
        422,
        "invalid_request",
        "track_ids[1]",
        body(track_ids=["t", "/"]),
    ),
    Refusal(
        "a batch by magic",
        BATCH,
        422,
        "unknown_fusion",
        "magic",
        body(lyrics=["la"], fusion="magic"),
    ),
]

QUERIES = [
    Refusal("nobody", QUERY, 422, "invalid_request", "user_id is missing", body(n=1)),
    Refusal("no tracks", QUERY, 422, "invalid_request", "n is 0", body(user_id="u", n=0)),
    Refusal(
        "too many tracks", QUERY, 422, "invalid_request", "n is 1001", body(user_id="u", n=1001)
    ),
    Refusal(
        "a number as text", QUERY, 422, "invalid_request", 'n is "5"', body(user_id="u", n="5")
    ),
    Refusal(
        "a truth as number", QUERY, 422, "invalid_request", "n is true", body(user_id="u", n=True)
    ),
    Refusal("half a track", QUERY, 422, "invalid_request", "n is 2.5", body(user_id="u", n=2.5)),
    Refusal(
        "no strategy",
        QUERY,
        422,
        "invalid_request",
        "strategy is null",
        body(user_id="u", strategy=None),
    ),
    Refusal(
        "an unheard-of strategy",
        QUERY,
        422,
        "unknown_strategy",
        "'luck'",
        body(user_id="u", strategy="luck"),
    ),
    Refusal(
        "a bad id to exclude",
        QUERY,
        422,
        "invalid_request",
        "exclude[0]",
        body(user_id="u", exclude=[""]),
    ),
    Refusal(
        "too much to exclude",
        QUERY,
        422,
        "invalid_request",
        "10000",
        body(user_id="u", exclude=["t"] * 10_001),
    ),
]

LABELS = [
    Refusal(
        "no labels", UPDATE, 422, "invalid_request", "a list of 0", body(user_id="u", labels=[])
    ),
    Refusal(
        "too many labels",
        UPDATE,
        422,
        "invalid_request",
        "1000",
        body(user_id="u", labels=[LABEL] * 1001),
    ),
    Refusal(
        "labels of nobody",
        UPDATE,
        422,
        "invalid_request",
        "user_id is missing",
        body(labels=[LABEL]),
    ),
    Refusal(
        "a label of no event",
        UPDATE,
        422,
        "invalid_request",
        "labels[0].event_id is missing",
        label(event_id=None),
    ),
    Refusal(
        "a fifth quadrant",
        UPDATE,
        422,
        "invalid_request",
        'labels[0].quadrant is "Q5"',
        label(quadrant="Q5"),
    ),
    Refusal(
        "a quadrant by number", UPDATE, 422, "invalid_request", "quadrant is 1", label(quadrant=1)
    ),
    Refusal(
        "a point outside",
        UPDATE,
        422,
        "invalid_request",
        "valence is 1.5",
        label(quadrant=None, valence=1.5, arousal=0),
    ),
    Refusal(
        "a huge number",
        UPDATE,
        422,
        "invalid_request",
        "valence is",
        raw(
            b'{"user_id": "u", "labels": '
            b'[{"event_id": "e", "track_id": "t", "valence": 1e999, "arousal": 0}]}'
        ),
    ),
    Refusal(
        "half a point",
        UPDATE,
        422,
        "invalid_request",
        "both valence and arousal",
        label(quadrant=None, valence=0.5),
    ),
    Refusal(
        "two answers",
        UPDATE,
        422,
        "invalid_request",
        "exactly one",
        label(valence=0.5, arousal=0.5),
    ),
    Refusal("no answer", UPDATE, 422, "invalid_request", "exactly one", label(quadrant=None)),
    Refusal(
        "no answer, not retracted",
        UPDATE,
        422,
        "invalid_request",
        "exactly one",
        label(quadrant=None, retracted=False),
    ),
    Refusal(
        "a retraction as text",
        UPDATE,
        422,
        "invalid_request",
        "retracted",
        label(quadrant=None, retracted="yes"),
    ),
    Refusal(
        "a label of no track",
        UPDATE,
        404,
        "track_not_found",
        "'nowhere'",
        label(track_id="nowhere"),
    ),
    Refusal(
        "a time of one's own",
        UPDATE,
        422,
        "invalid_request",
        "created_at is not a known",
        label(created_at="now"),
    ),
]

RESOURCES = [
    Refusal("no such track", "GET /tracks/nowhere", 404, "track_not_found", "'nowhere'"),
    Refusal("no track to delete", "DELETE /tracks/nowhere", 404, "track_not_found", "'nowhere'"),
    Refusal("a track without content", PUT, 422, "no_evidence", "", body(title="Silence")),
    Refusal("a track of blank lyrics", PUT, 422, "no_evidence", "", body(lyrics=" ")),
    Refusal(
        "a long title", PUT, 422, "invalid_request", "500", body(lyrics="la", title="a" * 501)
    ),
    Refusal(
        "a title with U+0000", PUT, 422, "invalid_request", "U+0000", body(lyrics="la", title="\0")
    ),
    Refusal(
        "an unknown field of a track",
        PUT,
        422,
        "invalid_request",
        "genre",
        body(lyrics="la", genre="pop"),
    ),
    Refusal(
        "a bad id of a track",
        "PUT /tracks/.hidden",
        422,
        "invalid_request",
        '".hidden"',
        body(lyrics="la"),
    ),
    Refusal("a long id of a track", f"GET /tracks/{'a' * 201}", 422, "invalid_request", "200"),
    Refusal("a page of nothing", "GET /tracks?limit=0", 422, "invalid_request", 'limit is "0"'),
    Refusal("a page without end", "GET /tracks?limit=501", 422, "invalid_request", "500"),
    Refusal("a page of many", "GET /tracks?limit=many", 422, "invalid_request", '"many"'),
    Refusal(
        "an unknown parameter",
        "GET /tracks?sort=title",
        422,
        "invalid_request",
        "sort is not a known",
    ),
    Refusal("a cursor of one's own", "GET /tracks?cursor=%21", 422, "invalid_cursor", "!"),
    Refusal("no such user", "GET /users/nobody", 404, "user_not_found", "'nobody'"),
    Refusal(
        "no such user's labels", "GET /users/nobody/labels", 404, "user_not_found", "'nobody'"
    ),
    Refusal("a bad id of a user", "DELETE /users/%20", 422, "invalid_request", "user_id"),
]

PATHS = [
    Refusal("nothing there", "GET /nowhere", 404, "not_found"),
    Refusal("a slash too many", "POST /predict/", 404, "not_found", "", body(lyrics="la")),
    Refusal("a slash in an id", "GET /tracks/a%2Fb", 404, "not_found"),
    Refusal(
        "a prediction by GET", "GET /predict", 405, "method_not_allowed", "takes POST, not GET"
    ),
    Refusal("a prediction by PUT", "PUT /predict", 405, "method_not_allowed", "takes POST"),
    Refusal(
        "a track by POST",
        "POST /tracks/t",
        405,
        "method_not_allowed",
        "DELETE, GET, PUT",
        body(lyrics="la"),
    ),
    Refusal("all tracks deleted", "DELETE /tracks", 405, "method_not_allowed", "takes GET"),
    Refusal("a model by POST", "POST /model", 405, "method_not_allowed", "takes GET"),
    Refusal("a probe by POST", "POST /livez", 405, "method_not_allowed", "takes GET"),
    Refusal("BentoML's half of the contract", "GET /docs.json", 404, "not_found"),
    Refusal(
        "a body too large",
        PREDICT,
        413,
        "body_too_large",
        f"at most {MAX_JSON_BYTES}",
        raw(b" " * (MAX_JSON_BYTES + 1)),
    ),
    Refusal("a track too large", PUT, 413, "body_too_large", "", raw(b" " * (MAX_JSON_BYTES + 1))),
]

TABLE = [
    *MEDIA_TYPES,
    *NOT_JSON,
    *FORMS,
    *AUDIO,
    *PREDICTIONS,
    *QUERIES,
    *LABELS,
    *RESOURCES,
    *PATHS,
]


@pytest.mark.usefixtures("old_track")  # or there would be nothing to ask about
@pytest.mark.parametrize("refusal", TABLE, ids=lambda refusal: refusal.name.replace(" ", "-"))
def test_it_is_refused(client, refusal):
    method, path = refusal.call.split(" ")

    reply = client.request(method, path, **refusal.sent)

    told = reply.json()
    assert (reply.status_code, told["code"]) == (refusal.status, refusal.code), told
    assert refusal.told in told["detail"]
    assert reply.headers["content-type"] == "application/problem+json"
    assert told["type"] == "about:blank"
    assert told["status"] == refusal.status
    assert told["title"]
    assert told["request_id"] == reply.headers["x-request-id"]
    assert set(told) - {"errors"} == {"type", "title", "status", "code", "detail", "request_id"}


def test_names_of_refusals_are_unique():
    names = [refusal.name for refusal in TABLE]

    assert len(set(names)) == len(names) >= 40
