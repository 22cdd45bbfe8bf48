"""Every statement of a request uses an index, on both databases.

The examples of the contract cover new routes without a change here. On SQLite the statements of
all other tests of this folder are checked too, by `conftest`.
"""

import json
from contextlib import closing

import pytest

from service.db.database import Database
from tests.http.samples import said, wav
from tests.http.serving import serving
from tests.http.test_examples import CALLS, ORDER, requests
from tests.statements import Statements, whole_reads

pytestmark = pytest.mark.http

NDJSON = {"Content-Type": "application/x-ndjson"}
LEAST = 60
"""Fewest statements that the calls below execute: fewer means that none was recorded."""


@pytest.fixture(name="url", params=["sqlite", "postgresql"])
def _url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/attune.db"
    return request.getfixturevalue("postgres").new_database()


def label(client, user, *labels, **more):
    body = {"user_id": user, "labels": list(labels), **more}
    return client.post("/update", json=body, headers={"Idempotency-Key": labels[0]["event_id"]})


def use(client):
    """Call what the examples do not reach."""
    tracks = [f"t{n}" for n in range(4)]
    for track_id in tracks:
        client.put(f"/tracks/{track_id}", json={"lyrics": f"tears of night {track_id}"})
    client.put("/tracks/t0", json={"lyrics": "the sun is up and all of us sing along"})
    client.put("/tracks/t1", json={"title": "Rain"})
    for user in ("ana", "bob"):
        for track_id in tracks:
            event_id = f"{user}-{track_id}"
            yield label(
                client, user, said(track_id, "Q1", event_id, is_random=True, strategy="mc")
            )
        yield label(client, user, said("t0", "Q2", f"{user}-again"), effect=True)
        yield label(client, user, {"track_id": "t1", "retracted": True, "event_id": f"{user}-no"})
        yield label(client, user, {"track_id": "t2", "cant_tell": True, "event_id": f"{user}-ct"})
    strategies = client.get("/model").json()["strategies"]
    for strategy in [None, *strategies]:
        body = {"user_id": "ana", "n": 2, "repeat_share": 0.5, "playable": False}
        yield client.post("/query", json=body | ({"strategy": strategy} if strategy else {}))
    yield client.post("/rank", json={"user_id": "ana", "quadrant": "Q1", "exclude_answered": True})
    yield client.post("/predict_batch", json={"track_ids": [*tracks, "no"], "user_id": "ana"})
    yield client.get("/tracks", params={"limit": 1})
    yield client.get("/users", params={"limit": 1})
    yield client.get("/users/ana/picture")
    yield client.get("/overview")
    log = client.get("/users/ana/labels").text
    old = {
        "event_id": "old",
        "track_id": "t3",
        "quadrant": "Q3",
        "created_at": "2020-01-01T00:00Z",
    }
    for query in ("", "?replace=true"):
        lines = log + "\n".join(map(json.dumps, [old, old | {"event_id": "x", "track_id": "x"}]))
        yield client.post(f"/users/cleo/labels{query}", content=lines, headers=NDJSON)
    yield client.delete("/tracks/t3")
    for user in ("ana", "bob", "cleo"):
        yield client.delete(f"/users/{user}")


def test_no_request_reads_a_table_whole(url, tmp_path):
    statements = Statements()
    statements.start()
    try:
        chosen = {"ATTUNE_DATABASE_URL": url, "ATTUNE_AUDIO": str(tmp_path / "audio")}
        with serving(**chosen, ATTUNE_CACHE=str(tmp_path / "cache")) as client:
            replies = [client.request(**each) for name in ORDER for each in requests(name, wav())]
            replies += use(client)
    finally:
        statements.stop()
    assert set(ORDER) == CALLS.keys()
    assert [reply.text for reply in replies if not reply.is_success] == []

    with closing(Database(url)) as database, database.write() as connection:
        taken = list(statements.take(connection.dialect.name))
        found = {text: whole_reads(connection, text, given) for text, given in taken}

    assert len(found) >= LEAST
    assert {text: tables for text, tables in found.items() if tables} == {}
