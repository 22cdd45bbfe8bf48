"""The service, booted once: BentoML cannot be made into an application twice in one process."""

import itertools
import os
from contextlib import closing

import pytest
from starlette.testclient import TestClient

from service.settings import Settings
from tests.databases import new_database
from tests.http.samples import MAX_AUDIO_S, MAX_FORM_BYTES, MAX_JSON_BYTES, wav
from tests.statements import Statements, whole_reads

NUMBERS = itertools.count()
HERE = {"base_url": "http://127.0.0.1", "client": ("127.0.0.1", 50_000)}
"""A client on this machine, which is answered without a key."""


@pytest.fixture(scope="session")
def settings(tmp_path_factory):
    """A database of its own and small limits."""
    # Whoever trains a snapshot can try it: ATTUNE_SNAPSHOT=… pytest tests/http
    tried = {"ATTUNE_SNAPSHOT", "ATTUNE_PERSONALISER"}
    elsewhere = {name: value for name, value in os.environ.items() if name in tried}
    chosen = {
        "ATTUNE_DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('attune') / 'attune.db'}",
        "ATTUNE_MAX_JSON_BYTES": str(MAX_JSON_BYTES),
        "ATTUNE_MAX_BODY_BYTES": str(MAX_FORM_BYTES),
        "ATTUNE_MAX_AUDIO_S": str(MAX_AUDIO_S),
        "ATTUNE_THREADS": "2",
        "ATTUNE_CALIBRATE": "never",
        "ATTUNE_AUDIO": str(tmp_path_factory.mktemp("audio")),
    }
    return Settings.from_env(chosen | elsewhere)


@pytest.fixture(scope="session")
def application(settings):
    """The application of the one worker; it runs as long as there is a client."""
    # Here, not above: it takes seconds, and collecting the other tests need not wait.
    from service.application import Application

    return Application(settings)


@pytest.fixture(scope="session")
def served(settings, application):
    """The BentoML service around it."""
    from service.application import attune

    return attune(settings, application)


@pytest.fixture(scope="session")
def client(served):
    """Talks to the service; an error inside it becomes an answer, as for everybody."""
    with TestClient(served.to_asgi(), raise_server_exceptions=False, **HERE) as client:
        yield client


@pytest.fixture(scope="session", name="statements", autouse=True)
def _statements():
    """Records the statements of all requests of this process."""
    statements = Statements()
    statements.start()
    yield statements
    statements.stop()


@pytest.fixture(autouse=True)
def _indexes(statements):
    """Fail a test whose requests are the first to read a table whole, on SQLite."""
    yield
    if taken := list(statements.take("sqlite")):
        with closing(new_database()) as database, database.read() as connection:
            found = {text: whole_reads(connection, text, given) for text, given in taken}
        assert {text: tables for text, tables in found.items() if tables} == {}


@pytest.fixture(name="user")
def _user():
    """A user nobody has heard of."""
    return somebody()


@pytest.fixture(name="track")
def _track(client):
    """The id of a track that was just registered by its lyrics."""
    return register(client)


@pytest.fixture(scope="session")
def old_track(client):
    """The id of a track that stays as it is."""
    return register(client)


def somebody():
    """Return the id of a user nobody has heard of."""
    return f"user-{next(NUMBERS)}"


def register(client):
    """Register a track by its lyrics and return its id."""
    track_id = f"track-{next(NUMBERS)}"
    reply = client.put(f"/tracks/{track_id}", json={"lyrics": f"tears of night {track_id}"})
    assert reply.status_code == 201, reply.text
    return track_id


@pytest.fixture(scope="session")
def tone():
    """Two seconds of a tone, as the bytes of a wav file."""
    return wav()
