"""What is refused: each with its status and its code, all in one shape."""

import pytest

from tests.http.refusal import BATCH, PREDICT, PUT, body, raw, refused
from tests.http.refused_answers import ANSWERS
from tests.http.refused_bodies import BODIES
from tests.http.refused_embeddings import EMBEDDINGS
from tests.http.refused_ranks import RANKS
from tests.http.samples import MAX_JSON_BYTES

pytestmark = pytest.mark.http

LONG = "la " * 33_334  # 100,002 characters

PREDICTIONS = [
    *refused(
        PREDICT,
        422,
        "no_evidence",
        ("nothing to judge", "", body()),
        ("empty lyrics", "", body(lyrics="")),
        ("blank lyrics", "", body(lyrics=" \n\t")),
    ),
    *refused(
        BATCH,
        422,
        "invalid_request",
        ("an empty batch item", "lyrics", body(lyrics=[])),
        ("neither ids nor lyrics", "Exactly one of track_ids, lyrics and embeddings", body()),
        ("ids and lyrics", "Exactly one", body(track_ids=["t"], lyrics=["la"])),
        ("a large batch", "a list of 1001", body(track_ids=["t"] * 1001)),
        ("a bad id in a batch", "track_ids[1]", body(track_ids=["t", "/"])),
    ),
    *refused(
        PREDICT,
        422,
        "invalid_request",
        ("lyrics that are a number", "lyrics is 123", body(lyrics=123)),
        ("lyrics without end", "(100002 characters)", body(lyrics=LONG)),
        ("lyrics with U+0000", "U+0000", body(lyrics="a\x00b")),
        ("half a character", "lyrics", raw(b'{"lyrics": "\\ud800"}')),
        ("an id and lyrics", "come with it", body(track_id="t", lyrics="la")),
        ("an unknown field", "colour is not a known", body(colour="red")),
        ("an empty id", 'track_id is ""', body(track_id="")),
        ("a long id", "200", body(track_id="a" * 201)),
        ("an id with a slash", "a/b", body(track_id="a/b")),
        ("an id with a line end", "", body(track_id="a\n")),
        ("a user with a space", "user_id", body(lyrics="la", user_id="a b")),
    ),
    *refused(
        PREDICT,
        404,
        "track_not_found",
        ("an unheard-of track", "'nowhere'", body(track_id="nowhere")),
    ),
    *refused(
        PREDICT,
        422,
        "unknown_fusion",
        ("an unheard-of fusion", "'magic'", body(lyrics="la", fusion="magic")),
    ),
    *refused(
        PREDICT,
        422,
        "missing_modality",
        ("a fusion of what is not there", "audio", body(lyrics="la", fusion="audio")),
    ),
    *refused(
        BATCH,
        422,
        "unknown_fusion",
        ("a batch by magic", "magic", body(lyrics=["la"], fusion="magic")),
    ),
]

RESOURCES = [
    *refused(
        "GET /tracks/nowhere",
        404,
        "track_not_found",
        ("no such track", "'nowhere'"),
    ),
    *refused(
        "DELETE /tracks/nowhere",
        404,
        "track_not_found",
        ("no track to delete", "'nowhere'"),
    ),
    *refused(
        PUT,
        422,
        "no_evidence",
        ("a track without content", "", body(title="Silence")),
        ("a track of blank lyrics", "", body(lyrics=" ")),
    ),
    *refused(
        PUT,
        422,
        "invalid_request",
        ("a long title", "500", body(lyrics="la", title="a" * 501)),
        ("a title with U+0000", "U+0000", body(lyrics="la", title="\x00")),
        ("an unknown field of a track", "genre", body(lyrics="la", genre="pop")),
    ),
    *refused(
        "PUT /tracks/.hidden",
        422,
        "invalid_request",
        ("a bad id of a track", '".hidden"', body(lyrics="la")),
    ),
    *refused(
        f"GET /tracks/{'a' * 201}",
        422,
        "invalid_request",
        ("a long id of a track", "200"),
    ),
    *refused(
        "GET /tracks?limit=0",
        422,
        "invalid_request",
        ("a page of nothing", 'limit is "0"'),
    ),
    *refused(
        "GET /tracks?limit=501",
        422,
        "invalid_request",
        ("a page without end", "500"),
    ),
    *refused(
        "GET /tracks?limit=many",
        422,
        "invalid_request",
        ("a page of many", '"many"'),
    ),
    *refused(
        "GET /tracks?sort=title",
        422,
        "invalid_request",
        ("an unknown parameter", "sort is not a known"),
    ),
    *refused(
        "GET /tracks?cursor=%21",
        422,
        "invalid_cursor",
        ("a cursor of one's own", "!"),
    ),
    *refused(
        "GET /users/nobody",
        404,
        "user_not_found",
        ("no such user", "'nobody'"),
    ),
    *refused(
        "GET /users/nobody/labels",
        404,
        "user_not_found",
        ("no such user's labels", "'nobody'"),
    ),
    *refused(
        "DELETE /users/%20",
        422,
        "invalid_request",
        ("a bad id of a user", "user_id"),
    ),
]

PATHS = [
    *refused(
        "GET /nowhere",
        404,
        "not_found",
        ("nothing there", ""),
    ),
    *refused(
        "POST /predict/",
        404,
        "not_found",
        ("a slash too many", "", body(lyrics="la")),
    ),
    *refused(
        "GET /tracks/a%2Fb",
        404,
        "not_found",
        ("a slash in an id", ""),
    ),
    *refused(
        "GET /predict",
        405,
        "method_not_allowed",
        ("a prediction by GET", "takes POST, not GET"),
    ),
    *refused(
        "PUT /predict",
        405,
        "method_not_allowed",
        ("a prediction by PUT", "takes POST"),
    ),
    *refused(
        "POST /tracks/t",
        405,
        "method_not_allowed",
        ("a track by POST", "DELETE, GET, PUT", body(lyrics="la")),
    ),
    *refused(
        "DELETE /tracks",
        405,
        "method_not_allowed",
        ("all tracks deleted", "takes GET"),
    ),
    *refused(
        "POST /model",
        405,
        "method_not_allowed",
        ("a model by POST", "takes GET"),
    ),
    *refused(
        "POST /livez",
        405,
        "method_not_allowed",
        ("a probe by POST", "takes GET"),
    ),
    *refused(
        "GET /docs.json",
        404,
        "not_found",
        ("BentoML's half of the contract", ""),
    ),
    *refused(
        PREDICT,
        413,
        "body_too_large",
        ("a body too large", f"at most {MAX_JSON_BYTES}", raw(b" " * (MAX_JSON_BYTES + 1))),
    ),
    *refused(
        PUT,
        413,
        "body_too_large",
        ("a track too large", "", raw(b" " * (MAX_JSON_BYTES + 1))),
    ),
]

TABLE = [
    *BODIES,
    *EMBEDDINGS,
    *PREDICTIONS,
    *ANSWERS,
    *RANKS,
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
