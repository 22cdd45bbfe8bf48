"""Requests that are refused: the call, the error's code, what its sentence holds, what is sent."""

import json

import numpy as np

from tests.audio_signals import encoded
from tests.http.samples import MAX_JSON_BYTES, wav

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
LABEL = {"event_id": "e", "track_id": "t", "quadrant": "Q1"}
GIVEN_UP = {"quadrant": None, "cant_tell": True}
BACK = {"quadrant": None, "retracted": True, "is_repeat": True}
Q1 = {"user_id": "u", "quadrant": "Q1"}

STATUSES = {
    "malformed_json": 400,
    "malformed_form": 400,
    "not_found": 404,
    "track_not_found": 404,
    "user_not_found": 404,
    "method_not_allowed": 405,
    "event_conflict": 409,
    "body_too_large": 413,
    "unsupported_media_type": 415,
}
"""By code; 422 where it is none of these."""

PREDICT, BATCH, QUERY = "POST /predict", "POST /predict_batch", "POST /query"
RANK, UPDATE, PUT = "POST /rank", "POST /update", "PUT /tracks/refused"
BAD_LABEL = (UPDATE, "invalid_request")
BAD_RANK = (RANK, "invalid_request")
BAD_QUERY = (QUERY, "invalid_request")
BAD_PREDICT = (PREDICT, "invalid_request")
BAD_BATCH = (BATCH, "invalid_request")
BAD_TRACK = (PUT, "invalid_request")
BAD_LINE = ("POST /users/u/labels", "invalid_request")
NEITHER = "Exactly one of quadrant and valence with arousal"
OWN = (
    "this snapshot reads recordings and lyrics and makes its own embeddings. One made by "
    "`python -m training fuse --export` reads yours."
)


def typed(media_type):
    return {"content": b'{"lyrics": "la"}', "headers": {"Content-Type": media_type}}


def raw(body):
    return {"content": body, "headers": JSON}


def part(disposition, value):
    sent = b"--b\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + value
    return {"content": sent + b"\r\n--b--", "headers": FORM}


def audio(data, **texts):
    return {"files": {"audio": ("a.wav", data)}, "data": texts}


def body(**fields):
    return {"json": fields}


def u(**fields):
    """Return a body of a user."""
    return {"json": {"user_id": "u", **fields}}


def label(**changes):
    kept = {key: value for key, value in (LABEL | changes).items() if value is not None}
    return raw(json.dumps({"user_id": "u", "labels": [kept]}))


def lines(text):
    return {"content": text + b"\n", "headers": {"Content-Type": "application/x-ndjson"}}


def line(**changes):
    sent = LABEL | {"created_at": "2026-04-08T19:30:00Z"} | changes
    return lines(json.dumps(sent).encode())


def point(valence, arousal=0):
    return label(quadrant=None, valence=valence, arousal=arousal)


def entries(*embeddings):
    return body(embeddings=list(embeddings))


BODIES = [
    (PREDICT, "unsupported_media_type", "no Content-Type", {"content": b"{}"}),
    (PREDICT, "unsupported_media_type", "text/plain", typed("text/plain")),
    (
        PREDICT,  # what curl -d sends
        "unsupported_media_type",
        "takes application/json or multipart/form-data",
        typed("application/x-www-form-urlencoded"),
    ),
    (UPDATE, "unsupported_media_type", "Pickle", typed("Application/VND.BentoML+Pickle")),
    (UPDATE, "unsupported_media_type", "form-data", audio(b"x")),
    (QUERY, "unsupported_media_type", "form-data", audio(b"x")),
    (
        "POST /users/u/labels",
        "unsupported_media_type",
        "x-ndjson or application/json",
        typed("a/b"),
    ),
    (PREDICT, "malformed_json", "", raw(b"")),
    (PREDICT, "malformed_json", "column 1", raw(b"la la")),
    (PREDICT, "malformed_json", "", raw(b'{"lyrics": "la')),
    (PREDICT, "malformed_json", "a list of 1", raw(b"[1]")),
    (PREDICT, "malformed_json", "hey", raw(b'"hey"')),
    (PREDICT, "malformed_json", "null", raw(b"null")),
    (PREDICT, "malformed_json", "byte 0xff", raw(b'{"lyrics": "\xff"}')),
    (PREDICT, "malformed_json", "", raw('{"lyrics": "la"}'.encode("utf-16"))),
    (PREDICT, "malformed_json", "", raw(b"\xef\xbb\xbf{}")),
    (PREDICT, "malformed_json", "more than 16 deep", raw(b"[" * 10_000)),
    (PREDICT, "malformed_json", "16 deep", raw(b'{"a": ' + b"[" * 16 + b"]" * 16 + b"}")),
    (PREDICT, "malformed_json", '"lyrics" comes twice', raw(b'{"lyrics": "a", "lyrics": "b"}')),
    (PREDICT, "malformed_json", "The body is NaN, which is not a number in JSON.", raw(b"NaN")),
    (UPDATE, "malformed_json", "NaN", point(float("nan"))),
    (UPDATE, "malformed_json", "Infinity", point(float("inf"))),
    (PUT, "malformed_json", "NaN", raw(b'{"title": NaN}')),
    (QUERY, "malformed_json", "too many", raw(b'{"user_id": "u", "n": 1' + b"0" * 5000 + b"}")),
    (PREDICT, "malformed_form", "boundary", typed("multipart/form-data")),
    (PREDICT, "malformed_form", "not a form", {"content": b"la la", "headers": FORM}),
    (
        *BAD_PREDICT,
        "colour is not a known field; known are audio, lyrics, ",
        part(b'name="colour"', b"red"),
    ),
    (*BAD_PREDICT, "audio[] is not a known field; known are audio", part(b'name="audio[]"', b"")),
    (*BAD_PREDICT, 'audio is "la": a file is needed', part(b'name="audio"', b"la")),
    (*BAD_PREDICT, "audio is an object: a file is needed", body(audio={})),
    (*BAD_BATCH, "lyrics is a list of 0: it must have at least 1 item.", body(lyrics=[])),
    (*BAD_BATCH, "lyrics[0] is 5", body(lyrics=[5])),
    (*BAD_PREDICT, "come with it", audio(wav(), track_id="t")),
    (*BAD_PREDICT, "audio is", body(audio="http://127.0.0.1/a.wav")),
    (*BAD_TRACK, "title is a file", {"files": {"title": ("l.txt", b"la")}}),
    (PREDICT, "undecodable_audio", "wav, flac", audio(b"la la la" * 50)),
    (PREDICT, "undecodable_audio", "the file is empty.", audio(b"")),
    (PREDICT, "undecodable_audio", "", audio(wav()[:30])),
    (PUT, "undecodable_audio", "", audio(b"la la la" * 50)),
    (PREDICT, "silent_audio", "", audio(wav(peak=0.0))),
    (
        PREDICT,
        "silent_audio",
        "",
        audio(encoded(np.full((16_000, 2), 0.3, np.float32), "wav float")),
    ),
    (PREDICT, "audio_too_short", "0.5 s", audio(wav(0.1))),
    (PREDICT, "audio_too_long", "20 s", audio(wav(20.5))),
    (PREDICT, "body_too_large", f"at most {MAX_JSON_BYTES}", raw(b" " * (MAX_JSON_BYTES + 1))),
]

EMBEDDINGS = [
    (
        PREDICT,
        "input_not_read",
        f"audio_embedding cannot be used: {OWN}",
        body(audio_embedding=[1]),
    ),
    (PREDICT, "input_not_read", "audio_embedding", body(audio_embedding=[0.5, -1], lyrics="la")),
    (PREDICT, "input_not_read", "lyrics_embedding cannot", body(lyrics_embedding=[1.5])),
    (PUT, "input_not_read", "`python -m training fuse", body(lyrics_embedding=[1.5])),
    (BATCH, "input_not_read", "lyrics_embedding", entries(*[{"lyrics_embedding": [1]}] * 3)),
    (
        PREDICT,
        "malformed_json",
        "audio_embedding[3] is NaN, which is not a number in JSON.",
        raw(b'{"lyrics_embedding": [1], "audio_embedding": [0, 1.5, -2, NaN, NaN]}'),
    ),
    (PREDICT, "malformed_json", "[0] is -Infinity", raw(b'{"lyrics_embedding": [-Infinity]}')),
    (PUT, "malformed_json", "[1] is Infinity", raw(b'{"audio_embedding": [1, Infinity]}')),
    (
        BATCH,
        "malformed_json",
        "embeddings[1].audio_embedding[1] is NaN, which",
        raw(b'{"embeddings": [{"audio_embedding": [1]}, {"audio_embedding": [1, NaN]}]}'),
    ),
    (*BAD_PREDICT, "audio_embedding is a list of 0", body(audio_embedding=[])),
    (*BAD_PREDICT, "a list of 16385", body(audio_embedding=[0.0] * 16_385)),
    (*BAD_PREDICT, "audio_embedding[1] is 1000000000.1", body(audio_embedding=[0, 1e9 + 0.1])),
    (*BAD_PREDICT, "lyrics_embedding[0] is -1e+300", body(lyrics_embedding=[-1e300])),
    (*BAD_PREDICT, "[0] is 1000", body(lyrics_embedding=[10**400])),
    (*BAD_PREDICT, "[0] is Infinity", raw(b'{"audio_embedding": [1e999]}')),
    (*BAD_PREDICT, 'audio_embedding[2] is "1"', body(audio_embedding=[0, 1, "1"])),
    (*BAD_PREDICT, "audio_embedding[0] is true", body(audio_embedding=[True])),
    (*BAD_PREDICT, "audio_embedding[1] is null", body(audio_embedding=[0, None])),
    (*BAD_PREDICT, "a list of 1", body(audio_embedding=[[0]])),
    (*BAD_PREDICT, "audio_embedding is 1", body(audio_embedding=1)),
    (*BAD_PREDICT, 'audio_embedding is "[1]"', body(audio_embedding="[1]")),
    (*BAD_PREDICT, "come with it", body(track_id="t", lyrics_embedding=[1])),
    (
        *BAD_PREDICT,
        "replaces lyrics; send only one of them",
        body(lyrics="a", lyrics_embedding=[1]),
    ),
    (*BAD_PREDICT, "audio_embedding", audio(wav(), audio_embedding="[1]")),
    (*BAD_TRACK, "lyrics_embedding replaces lyrics", body(lyrics="a", lyrics_embedding=[1])),
    (*BAD_TRACK, "a list of 0", body(audio_embedding=[])),
    (*BAD_BATCH, "embeddings is a list of 0", entries()),
    (*BAD_BATCH, "1001", entries(*[{"audio_embedding": [1]}] * 1001)),
    (
        *BAD_BATCH,
        "embeddings[1] is an object: at least one of audio_embedding and lyrics_embedding is",
        entries({"audio_embedding": [1]}, {}),
    ),
    (*BAD_BATCH, "embeddings[0].lyrics_embedding[1]", entries({"lyrics_embedding": [1, 2e9]})),
    (*BAD_BATCH, "embeddings[0].audio is", entries({"audio": [1]})),
    (*BAD_BATCH, "Exactly one", body(lyrics=["la"], embeddings=[{"audio_embedding": [1]}])),
    (*BAD_BATCH, "embeddings[0] is 1: an object is needed", entries(1)),
    (*BAD_BATCH, "embeddings is an object: it must be a valid list.", body(embeddings={})),
]

PREDICTIONS = [
    (PREDICT, "no_evidence", "", body()),
    (PREDICT, "no_evidence", "", body(lyrics="")),
    (PREDICT, "no_evidence", "", body(lyrics=" \n\t")),
    (*BAD_BATCH, "lyrics", body(lyrics=[])),
    (*BAD_BATCH, "Exactly one of track_ids, lyrics and embeddings", body()),
    (*BAD_BATCH, "Exactly one", body(track_ids=["t"], lyrics=["la"])),
    (*BAD_BATCH, "a list of 1001", body(track_ids=["t"] * 1001)),
    (*BAD_BATCH, "track_ids[1]", body(track_ids=["t", "/"])),
    (*BAD_PREDICT, "lyrics is 123", body(lyrics=123)),
    (*BAD_PREDICT, "lyrics", raw(b'{"lyrics": "\\ud800"}')),
    (*BAD_PREDICT, "come with it", body(track_id="t", lyrics="la")),
    (*BAD_PREDICT, "colour is not a known", body(colour="red")),
    (*BAD_PREDICT, 'track_id is ""', body(track_id="")),
    (*BAD_PREDICT, "256", body(track_id="a" * 257)),
    (
        *BAD_PREDICT,
        '"a/b": an id has letters (A-Z, a-z), digits and ._:@+|=~-',
        body(track_id="a/b"),
    ),
    (*BAD_PREDICT, "", body(track_id="a\n")),
    (*BAD_PREDICT, "user_id", body(lyrics="la", user_id="a b")),
    (PREDICT, "track_not_found", "'nowhere'", body(track_id="nowhere")),
    (PREDICT, "unknown_fusion", "'magic'", body(lyrics="la", fusion="magic")),
    (BATCH, "unknown_fusion", "magic", body(lyrics=["la"], fusion="magic")),
    (PREDICT, "missing_modality", "audio", body(lyrics="la", fusion="audio")),
]

QUERIES = [
    (*BAD_QUERY, "user_id is missing", body(n=1)),
    (*BAD_QUERY, "n is 0", u(n=0)),
    (*BAD_QUERY, "n is 1001", u(n=1001)),
    (*BAD_QUERY, 'n is "5"', u(n="5")),
    (*BAD_QUERY, "n is true", u(n=True)),
    (*BAD_QUERY, "n is 2.5", u(n=2.5)),
    (*BAD_QUERY, "exclude[0]", u(exclude=[""])),
    (*BAD_QUERY, "repeat_share is 1.5", u(repeat_share=1.5)),
    (*BAD_QUERY, "playable is 1", u(playable=1)),
    (*BAD_QUERY, "10000", u(exclude=["t"] * 10001)),
    (QUERY, "unknown_strategy", "'luck'", u(strategy="luck")),
    (QUERY, "unknown_strategy", "'eps-rand'", u(strategy="eps-rand")),
    (QUERY, "unknown_strategy", "'balanced-herding'", u(strategy="balanced-herding")),
    (QUERY, "unknown_strategy", "'eps-eps-mc'", u(strategy="eps-eps-mc")),
    (*BAD_RANK, "user_id is missing", body(quadrant="Q1")),
    (*BAD_RANK, NEITHER, u()),
    (*BAD_RANK, NEITHER, body(**Q1, valence=0.1, arousal=0.1)),
    (*BAD_RANK, "both valence and arousal", u(valence=0.1)),
    (*BAD_RANK, "both valence and arousal", body(**Q1, arousal=0.1)),
    (*BAD_RANK, 'quadrant is "Q0": a quadrant is Q1 or happy, Q2 or tense', u(quadrant="Q0")),
    (*BAD_RANK, 'quadrant is "": a quadrant is', u(quadrant="")),
    (*BAD_RANK, "quadrant is a list of 1: a quadrant is", u(quadrant=["Q1"])),
    (*BAD_RANK, "arousal is -1.01", u(valence=1, arousal=-1.01)),
    (*BAD_RANK, "limit is 0", body(**Q1, limit=0)),
    (*BAD_RANK, "limit is 501", body(**Q1, limit=501)),
    (*BAD_RANK, 'limit is "5"', body(**Q1, limit="5")),
    (*BAD_RANK, "exclude_answered", body(**Q1, exclude_answered="no")),
    (*BAD_RANK, "cursor is 7", body(**Q1, cursor=7)),
    (*BAD_RANK, "1000", body(**Q1, cursor="a" * 1001)),
    (*BAD_RANK, "strategy is not a known", body(**Q1, strategy="mc")),
    (RANK, "invalid_cursor", "'abc'", body(**Q1, cursor="abc")),
    (RANK, "invalid_cursor", "is not a cursor", body(**Q1, cursor="")),
]

LABELS = [
    (*BAD_LABEL, "a list of 0", u(labels=[])),
    (*BAD_LABEL, "1000", u(labels=[LABEL] * 1001)),
    (*BAD_LABEL, "user_id is missing", body(labels=[LABEL])),
    (*BAD_LABEL, "labels[0].event_id is missing", label(event_id=None)),
    (*BAD_LABEL, 'labels[0] is "x": an object is needed', u(labels=["x"])),
    (*BAD_LABEL, "labels[0] is null: an object is needed", u(labels=[None])),
    (*BAD_LABEL, 'labels[0].quadrant is "Q5": a quadrant is Q1 or happy', label(quadrant="Q5")),
    (*BAD_LABEL, 'quadrant is "glad": a quadrant is Q1 or happy', label(quadrant="glad")),
    (*BAD_LABEL, "quadrant is 1", label(quadrant=1)),
    (*BAD_LABEL, "valence is 1.5", point(1.5)),
    (*BAD_LABEL, "valence is", raw(point(0.123)["content"].replace("0.123", "1e999"))),
    (*BAD_LABEL, "both valence and arousal", point(0.5, None)),
    (*BAD_LABEL, "exactly one", label(valence=0.5, arousal=0.5)),
    (*BAD_LABEL, "exactly one", label(quadrant=None)),
    (*BAD_LABEL, "exactly one", label(quadrant=None, retracted=False)),
    (*BAD_LABEL, "retracted", label(quadrant=None, retracted="yes")),
    (*BAD_LABEL, "exactly one", label(cant_tell=True)),
    (*BAD_LABEL, "exactly one", label(**GIVEN_UP, retracted=True)),
    (*BAD_LABEL, 'emotion is "mixed"', label(emotion="mixed")),
    (*BAD_LABEL, "liking is 6", label(liking=6)),
    (*BAD_LABEL, "liking is 0", label(liking=0)),
    (*BAD_LABEL, "liking is 2.5", label(liking=2.5)),
    (*BAD_LABEL, 'familiarity is "5"', label(familiarity="5")),
    (*BAD_LABEL, "strategy", label(strategy="s" * 51)),
    (*BAD_LABEL, "strategy", label(strategy="")),
    (*BAD_LABEL, "U+0000", label(strategy="a\0")),
    (*BAD_LABEL, "is_random is 1", label(is_random=1)),
    (*BAD_LABEL, "has no liking, is_repeat", label(**BACK, liking=3)),
    (*BAD_LABEL, "created_at is not a known", label(created_at="now")),
    (UPDATE, "track_not_found", "'nowhere'", label(track_id="nowhere")),
]

LINES = [
    ("POST /users/u/labels", "malformed_json", "lines[0]", lines(b'"x"')),
    (*BAD_LINE, 'created_at is "x": a time must be ISO 8601, such as', line(created_at="x")),
    (*BAD_LINE, "lines[0].others is 3: an object is needed", line(others=3)),
    (*BAD_LINE, 'quadrant is "glad": a quadrant is Q1 or happy', line(quadrant="glad")),
]

SEARCH = "+".join("abcdefghijklmnopqrstu")
RESOURCES = [
    ("GET /tracks/nowhere", "track_not_found", "'nowhere'", {}),
    ("DELETE /tracks/nowhere", "track_not_found", "'nowhere'", {}),
    (PUT, "no_evidence", "", body(title="Silence")),
    (PUT, "no_evidence", "", body(lyrics=" ")),
    (*BAD_TRACK, "500", body(lyrics="la", title="a" * 501)),
    (*BAD_TRACK, "U+0000", body(lyrics="la", title="\x00")),
    (*BAD_TRACK, "genre", body(lyrics="la", genre="pop")),
    ("PUT /tracks/.hidden", "invalid_request", '".hidden"', body(lyrics="la")),
    (f"GET /tracks/{'a' * 257}", "invalid_request", "256", {}),
    ("GET /tracks?limit=0", "invalid_request", 'limit is "0"', {}),
    ("GET /tracks?limit=501", "invalid_request", "500", {}),
    ("GET /tracks?limit=many", "invalid_request", '"many"', {}),
    ("GET /tracks?sort=title", "invalid_request", "sort is not a known", {}),
    ("GET /tracks?limit=5&sort=a", "invalid_request", "takes limit and cursor and search.", {}),
    ("GET /tracks?search=", "invalid_request", 'search is "": a search needs at least one', {}),
    (
        "GET /tracks?search=%20",
        "invalid_request",
        'search is " ": a search needs at least one',
        {},
    ),
    (f"GET /tracks?search={'a' * 201}", "invalid_request", "at most 200 characters", {}),
    (f"GET /tracks?search={SEARCH}", "invalid_request", "has at most 20 words, not 21", {}),
    ("GET /tracks?search=a%00", "invalid_request", "U+0000", {}),
    ("GET /tracks/nowhere?user=a", "invalid_request", "takes user_id and fusion.", {}),
    ("GET /tracks/nowhere/audio?key=a", "invalid_request", "this call takes ticket.", {}),
    ("POST /predict?user_id=ana", "invalid_request", "user_id is not a known", body(lyrics="la")),
    ("POST /predict?user_id=ana", "invalid_request", "send it in the body", body(lyrics="la")),
    ("POST /rank?a=1&b=2", "invalid_request", "a is not a known query parameter", {}),
    ("POST /rank?a=1&b=2", "invalid_request", "And 1 more.", {}),
    ("POST /query?=1", "invalid_request", '"" is not a known query parameter', {}),
    ("PUT /tracks/t?title=a", "invalid_request", "send it in the body", body(lyrics="la")),
    ("DELETE /tracks/nowhere?force=1", "invalid_request", "this call takes none", {}),
    ("DELETE /users/nobody?force", "invalid_request", "force is not a known query", {}),
    ("POST /users/nobody/labels?replac=1", "invalid_request", "replac is not a known", {}),
    ("POST /users/nobody/readmit?now=1", "invalid_request", "now is not a known", {}),
    ("GET /readyz?verbose", "invalid_request", "verbose is not a known", {}),
    ("GET /tracks?cursor=%21", "invalid_cursor", "!", {}),
    ("GET /users?cursor=%21", "invalid_cursor", "!", {}),
    ("GET /users?limit=501", "invalid_request", "500", {}),
    ("GET /users/nobody", "user_not_found", "'nobody'", {}),
    ("GET /users/nobody/labels", "user_not_found", "'nobody'", {}),
    ("GET /users/nobody/picture", "user_not_found", "'nobody'", {}),
    ("DELETE /users/%20", "invalid_request", "user_id", {}),
    ("GET /nowhere", "not_found", "", {}),
    ("POST /predict/", "not_found", "", body(lyrics="la")),
    ("GET /tracks/a%2Fb", "not_found", "", {}),
    ("GET /docs.json", "not_found", "", {}),  # BentoML's own
    ("GET /predict", "method_not_allowed", "accepts POST, not GET", {}),
    ("PUT /predict", "method_not_allowed", "accepts POST", {}),
    ("POST /tracks/t", "method_not_allowed", "DELETE, GET, PUT", body(lyrics="la")),
    ("DELETE /tracks", "method_not_allowed", "accepts GET", {}),
    ("POST /model", "method_not_allowed", "accepts GET", {}),
    ("PUT /model/reload", "method_not_allowed", "accepts POST", {}),
    ("POST /livez", "method_not_allowed", "accepts GET", {}),
    ("POST /annotate", "method_not_allowed", "accepts GET", {}),
]

BAD_REQUESTS = [*BODIES, *EMBEDDINGS, *PREDICTIONS, *QUERIES, *LABELS, *LINES, *RESOURCES]
