"""The model as a resource: which snapshots answer, and having the next one taken up."""

from dataclasses import replace

import pytest

from models.errors import CorruptSnapshotError


@pytest.fixture(name="serving")
def _serving(client, application):
    """What the worker serves."""
    del client  # begins it
    return application.api.state.runtime.serving


def test_without_a_candidate_there_is_none(client):
    assert client.get("/model").json()["candidate"] is None


def test_a_reload_of_what_is_served_changes_nothing(client):
    before = client.get("/model").json()["snapshot"]

    reply = client.post("/model/reload")

    assert reply.status_code == 200
    assert reply.json() == {
        "version": before,
        "previous": before,
        "candidate": None,
        "is_new": False,
    }
    assert client.get("/model").json()["snapshot"] == before


def test_a_snapshot_that_cannot_be_served_is_a_conflict_that_says_why(
    client, serving, monkeypatch
):
    def check():
        raise CorruptSnapshotError("audio.npz was cut short.")

    monkeypatch.setattr(serving, "check", check)

    reply = client.post("/model/reload")

    assert (reply.status_code, reply.json()["code"]) == (409, "snapshot_unusable")
    assert reply.json()["detail"] == "audio.npz was cut short."


def test_a_candidate_and_its_share_are_told(client, serving, monkeypatch):
    tried = replace(serving.now, candidate=serving.resources, share=0.25)
    monkeypatch.setattr(serving, "_now", tried)

    assert client.get("/model").json()["candidate"] == {
        "snapshot": serving.resources.snapshot.version,
        "share": 0.25,
    }
