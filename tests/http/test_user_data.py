"""A user's data: the log is exported and imported, and the user is forgotten."""

import asyncio
import json
import re
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from starlette.requests import Request

from service.api.cursors import cursor_after
from service.api.fields import MAX_LINES
from service.api.users.log_schemas import LabelLine
from service.clock import utc_now
from service.http.errors import InvalidRequestError
from service.http.ndjson import MAX_LINE_BYTES, read_lines
from tests.http.bad_requests import STATUSES
from tests.http.conftest import register, somebody
from tests.http.samples import MAX_FORM_BYTES, MAX_JSON_BYTES, said, series

pytestmark = pytest.mark.http

NDJSON = {"Content-Type": "application/x-ndjson"}
PATIENCE_S = 30.0
VOTES = {"Q1": 2.5, "Q2": 0.0, "Q3": 0.0009765625, "Q4": 7}
LINE = {
    "event_id": "e1",
    "track_id": "t",
    "quadrant": "Q4",
    "valence": 0.25,
    "arousal": -1.0,
    "cant_tell": False,
    "retracted": False,
    "emotion": "perceived",
    "liking": 4,
    "familiarity": None,
    "strategy": "newcomer",
    "is_random": False,
    "is_repeat": True,
    "created_at": "2020-02-03T04:05:06.789012Z",
}


def update(client, user, *labels):
    return client.post("/update", json={"user_id": user, "labels": list(labels)})


def bring(client, user, body):
    return client.post(f"/users/{user}/labels", content=body, headers=NDJSON)


def exported(client, user):
    return client.get(f"/users/{user}/labels").text


def line(track_id, /, **changes):
    kept = {k: v for k, v in (LINE | {"track_id": track_id} | changes).items() if v is not None}
    return f"{json.dumps(kept)}\n"


def predict(client, track_id, user):
    return client.post("/predict", json={"track_id": track_id, "user_id": user}).json()


def predicted(client, track_id, user):
    message = predict(client, track_id, user)
    return message | {"personal": message["personal"] | {"user_id": None}}


def test_a_log_that_is_imported_is_the_log_that_was_exported(client, user, track, old_track):
    update(client, user, said(track, "Q1"), said(old_track, valence=-1 / 3, arousal=0.1))
    update(client, user, said(track, event_id="no", retracted=True))
    message = {
        "emotion": "felt",
        "liking": 1,
        "familiarity": 5,
        "strategy": "x",
        "is_random": True,
    }
    update(client, user, said(track, event_id="maybe", cant_tell=True, **message))
    log, twin = exported(client, user), somebody()

    replies = [bring(client, twin, log) for _ in range(2)]

    assert [reply.status_code for reply in replies] == [200, 200]
    counts = [[reply.json()[name] for name in ("accepted", "duplicates")] for reply in replies]
    assert counts == [[4, 0], [0, 4]]
    assert {reply.json()["n_labels"] for reply in replies} == {1}
    assert exported(client, twin) == log
    assert predicted(client, track, twin) == predicted(client, track, user)


def test_a_log_is_sent_as_a_file_and_brought_as_json(client, user, track, old_track):
    file, twin = "application/octet-stream", somebody()
    update(client, user, said(track, "Q1"), said(old_track, cant_tell=True))

    log = client.get(f"/users/{user}/labels", headers={"Accept": f"{file}, */*;q=0.5"})
    lines = [json.loads(each) for each in log.text.splitlines()]
    reply = client.post(f"/users/{twin}/labels", json={"lines": lines})

    assert (log.headers["content-type"], log.text) == (file, exported(client, user))
    assert (reply.status_code, exported(client, twin)) == (200, log.text)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"lines": []}, "lines is a list of 0"),
        ({"lines": [LINE, LINE | {"quadrant": "Q5"}]}, 'lines[1].quadrant is "Q5"'),
        ({"labels": [LINE]}, "lines is missing"),
        (LINE, "lines is missing"),
    ],
)
def test_json_that_holds_no_lines_of_a_log_is_refused(client, user, body, message):
    reply = client.post(f"/users/{user}/labels", json=body)

    assert reply.status_code == 422
    assert message in reply.json()["detail"]


def test_a_log_carries_the_votes_of_others_that_stood_beside_each_answer(client, user, track):
    first, second, twin = somebody(), somebody(), somebody()
    update(client, first, said(track, "Q2"))
    update(client, second, said(track, valence=0.0, arousal=0.0))
    update(client, user, said(track, "Q1"), said(track, event_id="no", retracted=True))
    log = exported(client, user)
    client.delete(f"/users/{first}")

    assert bring(client, twin, log).json()["accepted"] == 2

    assert exported(client, twin) == exported(client, user) == log
    lines = [json.loads(each) for each in log.splitlines()]
    assert lines[0]["others"] == {"Q1": 0.25, "Q2": 1.25, "Q3": 0.25, "Q4": 0.25}
    assert "others" not in lines[1]


@pytest.mark.parametrize(
    ("votes", "kept"), [(VOTES, {"others": VOTES}), (dict.fromkeys(VOTES, 0), {})]
)
def test_votes_of_others_that_were_brought_are_kept(client, user, track, votes, kept):
    bring(client, user, line(track, others=votes))

    assert json.loads(exported(client, user)) == LINE | {"track_id": track} | kept


def test_a_log_that_an_earlier_release_exported_is_taken(client, user, track):
    known = ("event_id", "track_id", "quadrant", "valence", "arousal", "retracted", "created_at")
    old = {name: (LINE | {"track_id": track})[name] for name in known}

    assert bring(client, user, json.dumps(old)).json()["accepted"] == 1
    assert bring(client, user, exported(client, user)).json()["duplicates"] == 1

    message = json.loads(exported(client, user))
    untold = {"emotion": None, "liking": None, "familiarity": None, "strategy": None}
    assert message == old | untold | {"cant_tell": False, "is_random": False, "is_repeat": False}


def test_an_import_counts_the_labels_that_are_new(client, user, track):
    before = series(client, "attune_labels_accepted_total")

    bring(client, user, line(track) * 2)
    bring(client, user, line(track) + line(track, event_id="e2"))

    assert series(client, "attune_labels_accepted_total") == before + 2


@pytest.mark.parametrize(
    "moment",
    [
        "2020-02-03T05:05:06.789012+01:00",
        "2020-02-03T04:05:06.789012+00:00",
        "2020-02-03 04:05:06.789012Z",
    ],
)
def test_a_moment_may_be_written_in_any_time_zone(client, user, track, moment):
    bring(client, user, line(track, created_at=moment))

    assert json.loads(exported(client, user))["created_at"] == LINE["created_at"]


def test_a_moment_may_be_ahead_by_as_much_as_clocks_differ(client, user, track):
    moment = (utc_now() + timedelta(hours=23)).isoformat()

    assert bring(client, user, line(track, created_at=moment)).json()["accepted"] == 1


@pytest.mark.parametrize("ahead", [timedelta(days=1, minutes=5), timedelta(days=3650)], ids=str)
def test_a_moment_in_the_future_is_refused_naming_value_and_bound(client, user, track, ahead):
    moment = (utc_now() + ahead).isoformat()
    latest = utc_now() + timedelta(days=1)

    reply = bring(client, user, line(track, created_at=moment))

    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
    message = reply.json()["detail"]
    assert f'lines[0].created_at is "{moment}"' in message
    bound = datetime.fromisoformat(re.search(r"at most (\S+Z),", message)[1])
    assert timedelta() <= bound - latest.replace(microsecond=0) < timedelta(minutes=1)
    assert client.get(f"/users/{user}").status_code == 404


@pytest.mark.parametrize("year", [2100, 9999])
def test_a_line_of_a_later_century_is_refused_by_its_number(client, user, track, year):
    log = line(track) + line(track, event_id="e2", created_at=f"{year}-01-01T00:00:00Z")

    reply = bring(client, user, log)

    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
    assert f'lines[1].created_at is "{year}-01-01T00:00:00Z"' in reply.json()["detail"]
    assert client.get(f"/users/{user}").status_code == 404


def test_a_log_comes_back_whole_after_one_of_its_tracks_was_deleted(
    client, user, track, old_track
):
    deleted, twin = register(client), somebody()
    update(client, user, said(deleted, "Q1"), said(track, "Q2"), said(old_track, "Q3"))
    client.delete(f"/tracks/{deleted}")
    update(client, user, said(deleted, event_id="no", retracted=True))
    log, before = exported(client, user), client.get(f"/users/{user}").json()
    client.delete(f"/users/{user}")
    client.post(f"/users/{user}/readmit")

    replies = [bring(client, each, log) for each in (user, twin)]

    assert [reply.status_code for reply in replies] == [200, 200]
    assert {reply.json()["accepted"] for reply in replies} == {4}
    assert {tuple(reply.json()["unregistered"]) for reply in replies} == {(deleted,)}
    assert exported(client, user) == exported(client, twin) == log
    assert client.get(f"/users/{user}").json() == before


def test_labels_of_a_track_that_was_never_here_are_kept_and_named(client, user, track, old_track):
    named = [f"elsewhere-{user}-{number:03}" for number in range(120)]
    log = "".join(line(each, event_id=each) for each in (track, *named))

    reply = bring(client, user, log).json()

    assert (reply["accepted"], reply["n_labels"], reply["n_unregistered"]) == (121, 121, 120)
    assert reply["unregistered"] == named[:100]
    track_id = named[7]
    assert client.get(f"/tracks/{track_id}").json()["code"] == "track_not_found"
    assert predict(client, track_id, user)["code"] == "track_not_found"
    assert update(client, user, said(track_id, "Q1", "e")).json()["code"] == "track_not_found"
    assert client.get(f"/users/{user}/picture").status_code == 200
    queried = client.post("/query", json={"user_id": user, "n": 1000}).json()["tracks"]
    assert old_track in {each["track_id"] for each in queried}
    assert not {each["track_id"] for each in queried} & set(named)
    put = [client.put(f"/tracks/{track_id}", json={"lyrics": "Rain in May"}) for _ in range(2)]
    assert [one.status_code for one in put] == [201, 200]
    assert update(client, user, said(track_id, "Q1", "e")).json()["accepted"] == 1


@pytest.mark.parametrize(
    ("query", "result"),
    [
        ("", {"older": 1, "current": "Q1", "superseded": True}),
        ("?replace=true", {"older": 0, "current": "Q4", "superseded": None}),
    ],
)
def test_an_older_line_replaces_a_newer_answer_only_if_asked(client, user, track, query, result):
    update(client, user, said(track, "Q1"))

    reply = client.post(f"/users/{user}/labels{query}", content=line(track), headers=NDJSON)

    assert (reply.json()["accepted"], reply.json()["older"]) == (1, result["older"])
    shown = client.get(f"/users/{user}").json()
    assert shown["n_labels"] == 1
    assert shown["quadrants"][result["current"]] == 1
    assert shown["first_label_at"] < shown["last_label_at"]
    marks = [json.loads(each).get("superseded") for each in exported(client, user).splitlines()]
    assert marks == [None, result["superseded"]]


@pytest.mark.parametrize("query", ["?replace=maybe", "?force=true"])
def test_an_import_knows_no_other_option(client, user, track, query):
    reply = client.post(f"/users/{user}/labels{query}", content=line(track), headers=NDJSON)

    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


IDS = [
    "auth0|5f7c8ec7c33c6c004bbafe82",
    "google-oauth2|103547991597142817347",
    "samlp|corp|ana@x.org",
    "-NvX8a_firebase",
    "_dQw4w9WgXcQ",
    "ana+x@y.org",
    "eu-west-1:0a1b2c3d-4e5f-6789-abcd-ef0123456789",
    "YW5h-_==",
    "~".join("ab") + "c" * 253,
]
"""Ids as identity providers and catalogues make them."""


@pytest.mark.parametrize("given", IDS)
def test_ids_of_identity_providers_are_taken_wherever_an_id_is(client, given):
    path = quote(given, safe="")
    assert client.put(f"/tracks/{path}", json={"lyrics": "Rain in May"}).status_code in {200, 201}
    label = {"event_id": given, "track_id": given, "quadrant": "Q1"}
    assert update(client, given, label).json()["accepted"] == 1

    log = exported(client, path)
    shown = client.get(f"/tracks/{path}", params={"user_id": given}).json()

    assert (json.loads(log)["event_id"], json.loads(log)["track_id"]) == (given, given)
    assert (shown["track_id"], shown["prediction"]["personal"]["user_id"]) == (given, given)
    assert predict(client, given, given)["personal"]["user_id"] == given
    assert bring(client, path, log).json()["duplicates"] == 1
    assert client.get(f"/users/{path}").json()["user_id"] == given
    assert client.get("/tracks", params={"cursor": cursor_after(given)}).status_code == 200
    assert client.delete(f"/users/{path}").status_code == 204
    assert client.delete(f"/tracks/{path}").status_code == 204


@pytest.mark.parametrize("body", ["\n{}\n\n", "{}", "\r\n{}\r\n", "\ufeff{}"])
def test_empty_lines_and_the_last_end_do_not_matter(client, user, track, body):
    reply = bring(client, user, body.replace("{}", line(track).strip()))

    assert reply.json()["accepted"] == 1


def test_a_body_that_comes_in_pieces_is_read_as_one(client, user, track):
    body = "".join(line(track, event_id=f"e{i}") for i in range(50)).encode()
    pieces = (body[start : start + 7] for start in range(0, len(body), 7))

    assert bring(client, user, pieces).json()["accepted"] == 50


def test_a_log_may_be_longer_than_other_bodies(client, user, track):
    n_lines = MAX_JSON_BYTES // len(line(track)) + 1000
    body = "".join(line(track, event_id=f"e{i}") for i in range(n_lines))
    assert MAX_JSON_BYTES < len(body) < MAX_FORM_BYTES

    assert bring(client, user, body).json()["accepted"] == n_lines


SOFT = {"quadrant": None, "valence": None, "arousal": None}
INVALID = "invalid_request"
WRONG = {
    "no JSON": ("{", "malformed_json", "lines[1]"),
    "no object": ("7", "malformed_json", "lines[1] is 7"),
    "not UTF-8": (b"\xff", "malformed_json", "lines[1]"),
    "a line without end": ("x" * (MAX_LINE_BYTES + 1), "malformed_json", "8192"),
    "a user": ({"user_id": "ana"}, INVALID, "lines[1].user_id is not a known"),
    "no moment": ({"created_at": None}, INVALID, "lines[1].created_at is missing"),
    "no time zone": ({"created_at": "2020-01-01T00:00:00"}, INVALID, "time zone"),
    "a number": ({"created_at": 1577836800}, INVALID, "must be text"),
    "a number as text": ({"created_at": "1577836800"}, INVALID, "created_at"),
    "before all": ({"created_at": "0001-01-01T00:00:00+14:00"}, INVALID, "be in 1970 or later"),
    "after all": ({"created_at": "9999-12-31T23:59:59-14:00"}, INVALID, "not be in the future"),
    "few votes": (
        {"others": VOTES | {"Q2": -0.5}},
        INVALID,
        "lines[1].others.Q2 is -0.5: it must be at least 0",
    ),
    "many votes": (
        {"others": VOTES | {"Q4": 1e10}},
        INVALID,
        "Q4 is 10000000000.0: it must be at most 1000000000",
    ),
    "endless votes": (line("t", others=VOTES).replace("2.5", "1e999"), INVALID, "Q1 is Infinity"),
    "three": ({"others": {"Q1": 1.0, "Q2": 0.0, "Q3": 0.0}}, INVALID, "others.Q4 is missing"),
    "five": ({"others": VOTES | {"Q5": 1.0}}, INVALID, "lines[1].others.Q5 is not a known field"),
    "votes as text": ({"others": VOTES | {"Q3": "1"}}, INVALID, 'Q3 is "1"'),
    "votes on nothing": (
        SOFT | {"others": VOTES, "cant_tell": True},
        INVALID,
        "only an answer has votes of others",
    ),
    "another quadrant": ({"quadrant": "Q1"}, INVALID, "another quadrant"),
    "neither": (SOFT, INVALID, "exactly one of an answer"),
    "too far": ({"valence": 1.5}, INVALID, "lines[1].valence is 1.5"),
    "another answer": ({"event_id": "e0", "quadrant": None}, "event_conflict", "'e0'"),
}
"""The second line of a log by what is wrong with it: as it is, or what it changes."""


@pytest.mark.parametrize("wrong", WRONG)
def test_a_log_with_a_line_that_is_wrong_is_refused_whole(client, user, track, wrong):
    second, code, message = WRONG[wrong]
    first = line(track, event_id="e0", valence=0.5).encode()

    reply = bring(client, user, first + written(track, second))

    assert (reply.status_code, reply.json()["code"]) == (STATUSES.get(code, 422), code), reply.text
    assert message in reply.json()["detail"]
    assert client.get(f"/users/{user}").status_code == 404


def written(track, changes):
    """Return a line as bytes."""
    text = line(track, **changes) if isinstance(changes, dict) else changes
    return text if isinstance(text, bytes) else text.encode()


def test_too_many_lines_are_refused():
    async def receive():
        return {"type": "http.request", "body": line("t").encode() * 4}

    class FewLines(LabelLine):
        max_lines = 3

    headers = [(name.lower().encode(), value.encode()) for name, value in NDJSON.items()]
    request = Request({"type": "http", "headers": headers}, receive)

    with pytest.raises(InvalidRequestError, match="more than 3 lines"):
        asyncio.run(read_lines(request, FewLines))
    assert LabelLine.max_lines == MAX_LINES == 100_000  # as README and contract say


def test_no_line_at_all_is_refused(client, user):
    reply = bring(client, user, "\n\n")

    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


def test_nothing_brings_a_forgotten_user_back(client, user, track):
    label, headers = said(track, "Q1"), {"Idempotency-Key": "k"}
    body = {"user_id": user, "labels": [label]}
    client.post("/update", json=body, headers=headers)
    log = exported(client, user)
    client.delete(f"/users/{user}")

    late = [
        client.post("/update", json=body, headers=headers),
        client.post("/update", json=body),
        update(client, user, said(track, "Q2", "never-sent-before")),
        bring(client, user, log),
    ]

    assert {(each.status_code, each.json()["code"]) for each in late} == {(410, "user_forgotten")}
    assert client.get(f"/users/{user}").status_code == 404
    assert predicted(client, track, user) == predicted(client, track, somebody())
    assert client.post("/query", json={"user_id": user, "n": 1}).status_code == 200


def test_who_was_forgotten_may_be_readmitted_and_begins_anew(client, user, track):
    update(client, user, said(track, "Q1", "e"))
    client.delete(f"/users/{user}")

    replies = [client.post(f"/users/{user}/readmit") for _ in range(2)]

    assert [(each.status_code, each.content) for each in replies] == [(204, b"")] * 2
    assert client.get(f"/users/{user}").status_code == 404
    assert update(client, user, said(track, "Q2", "e")).json()["n_labels"] == 1


def test_users_are_listed_by_id(client, track):
    users = sorted(f"listed-{somebody()}" for _ in range(3))
    for n, user_id in enumerate(users):
        update(client, user_id, said(track, "Q1", event_id=f"e{n}"))
    update(client, users[1], {"track_id": track, "retracted": True, "event_id": "gone"})

    pages, cursor = [], cursor_after("listed-")
    while cursor is not None and len(pages) < len(users):
        page = client.get("/users", params={"limit": 1, "cursor": cursor}).json()
        pages.append(page["users"])
        cursor = page["next_cursor"]

    found = [entry for page in pages for entry in page]
    assert [len(page) for page in pages] == [1, 1, 1]
    assert [(each["user_id"], each["n_labels"]) for each in found] == [
        (users[0], 1),
        (users[1], 0),
        (users[2], 1),
    ]
    shown = client.get(f"/users/{users[1]}").json()
    assert {each["last_label_at"] for each in found[1:2]} == {shown["last_label_at"]}
    client.delete(f"/users/{users[0]}")
    rest = client.get("/users", params={"limit": 2, "cursor": cursor_after("listed-")}).json()
    assert [each["user_id"] for each in rest["users"]] == users[1:]
