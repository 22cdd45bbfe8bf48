"""Probes: what they tell of the whole service, and when it is not well."""

import time
from contextlib import closing

import pytest

from service.db.database import Database
from service.db.schema import schema_of
from service.errors import StoreUnavailableError
from tests.http.samples import series
from tests.http.serving import serving


def test_readiness_tells_what_was_checked(client):
    reply = client.get("/readyz")

    assert reply.status_code == 200
    assert reply.json() == {
        "status": "ready",
        "checks": {"database": "ok", "snapshot": "ok", "encoders": "ok"},
    }


@pytest.mark.parametrize("path", ["/livez", "/healthz"])
def test_a_process_that_answers_lives(client, path):
    assert client.get(path).status_code == 200


def test_readiness_without_a_database_names_it_and_nothing_more(client, monkeypatch):
    from service.db.label_log import LabelLog

    def fail(*_):
        raise StoreUnavailableError("The database cannot answer now: telling.")

    errors = series(client, "attune_database_errors_total")
    monkeypatch.setattr(LabelLog, "last_seq", fail)
    reply = once(client, 503)
    monkeypatch.undo()

    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["retry-after"] == "5"
    assert reply.json()["code"] == "not_ready"
    assert reply.json()["detail"] == "The service is not ready: database failed."
    assert reply.json()["checks"] == {"database": "failed", "snapshot": "ok", "encoders": "ok"}
    assert "telling" not in reply.text
    assert series(client, "attune_database_errors_total") > errors
    assert client.get("/livez").status_code == 200
    assert once(client, 200).json()["status"] == "ready"


def test_a_replica_under_a_schema_that_another_release_changed_refuses_and_is_not_ready(tmp_path):
    url = f"sqlite:///{tmp_path}/attune.db"
    label = {"event_id": "1", "track_id": "t", "quadrant": "Q1"}
    with serving(ATTUNE_DATABASE_URL=url) as client, closing(Database(url)) as database:
        client.put("/tracks/t", json={"lyrics": "the nights are long"}).raise_for_status()
        ours = schema_of(database).current
        be_at(database, "9999")
        refused = client.post("/update", json={"user_id": "ana", "labels": [label]})
        read = client.get("/tracks/t")
        unready = once(client, 503)
        be_at(database, ours)
        once(client, 200)
        nobody = client.get("/users/ana")

    assert [reply.json()["code"] for reply in (refused, read)] == ["schema_changed"] * 2
    assert refused.headers["retry-after"] == "5"
    assert (
        f"'9999' now, but this replica is of another release, which needs '{ours}'"
        in (refused.json()["detail"])
    )
    assert unready.json()["checks"]["database"] == "failed"
    assert nobody.status_code == 404


def be_at(database, revision):
    with database.write() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608


def test_metrics_tell_of_the_models_and_refusals(client, user, track):
    before = {name: series(client, name) for name in (KEPT, REFUSED)}
    label = {"event_id": f"{user}-1", "track_id": track, "quadrant": "Q1"}
    client.post("/update", json={"user_id": user, "labels": [label]})
    client.post("/predict", json={"track_id": track, "user_id": user})
    client.get("/tracks/nowhere")

    assert series(client, KEPT) == before[KEPT] + 1
    assert series(client, REFUSED) == before[REFUSED] + 1
    message = client.get("/metrics").text
    assert [each for each in (user, track, "bentoml") if each in message] == []


def test_metrics_tell_the_snapshot_that_is_served(client):
    version = client.get("/model").json()["snapshot"]

    message = series(client, f'attune_snapshot_workers{{role="primary",version="{version}"}}')
    assert message == 1


def test_metrics_tell_of_the_request_that_asks(client):
    assert series(client, "attune_requests_in_progress") == 1
    assert series(client, "attune_requests_waiting") == 0
    assert series(client, "attune_audio_in_progress") == 0


KEPT = 'attune_personal_models_total{source="memory"}'
REFUSED = 'attune_refusals_total{reason="track_not_found"}'


def once(client, status):
    """Return what readiness answers once it has this status; a verdict is told for a while."""
    deadline = time.monotonic() + 30
    while (reply := client.get("/readyz")).status_code != status:
        assert time.monotonic() < deadline, reply.text
        time.sleep(0.05)
    return reply
