"""Keys that are revoked while a request is under way, over real connections."""

import hashlib
import json
from contextlib import closing
from datetime import UTC, datetime

import pytest

from service.auth.api_keys import EVERY_SCOPE, ApiKeyCache, make_key
from service.auth.authorization import Authorizer
from service.db.database import Database
from tests.http.authorized_service import Keys, app_behind
from tests.http.conftest import somebody
from tests.http.raw_sockets import (
    answered,
    await_interest,
    connected,
    head,
    listening,
    refused,
)
from tests.http.samples import said, wav
from tests.servers import wait_for

pytestmark = pytest.mark.http

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JSON = "Content-Type: application/json"


class Guard:
    """A service with keys of its own, and a key that may do everything."""

    def __init__(self, application):
        self._keys = Keys()
        self._new = make_key("app", EVERY_SCOPE, None, NOW)
        self._key_cache = ApiKeyCache(self._keys.all)
        authorizer = Authorizer()
        authorizer.open(self._key_cache, None)
        self.app = app_behind(application, authorizer)
        self.shown = f"Authorization: Bearer {self._new.written}"

    def make(self):
        self._keys.add(self._new.key)
        self._key_cache.read()

    def revoke(self):
        self._keys.revoke(self._new.key.key_id)
        self._key_cache.read()


@pytest.fixture(name="keyless")
def _keyless(application, client):
    del client
    return Guard(application)


@pytest.fixture(name="shut")
def _shut(application, client):
    del client
    guard = Guard(application)
    guard.make()
    return guard


def begun(connection, method, path, body, *lines):
    """Send all of a request but its last byte, after its head was let in."""
    reply = f"Content-Length: {len(body)}"
    connection.sendall(head(method, path, "Expect: 100-continue", reply, *lines))
    await_interest(connection)
    connection.sendall(body[:-1])


def bodies(user, track):
    """Return calls that write and one that only reads, by their path."""
    line = said(track, "Q1") | {"created_at": "2026-01-01T00:00:00Z"}
    return {
        "/update": (json.dumps({"user_id": user, "labels": [said(track, "Q1")]}), JSON),
        f"/users/{user}/labels": (json.dumps(line), "Content-Type: application/x-ndjson"),
        "/query": (json.dumps({"user_id": user}), JSON),
    }


@pytest.mark.parametrize("place", range(3), ids=["update", "import", "query"])
def test_a_key_that_is_revoked_while_the_body_comes_in_is_refused(client, shut, track, place):
    user = somebody()
    path, (body, kind) = list(bodies(user, track).items())[place]

    with listening(shut.app) as port, connected(port) as connection:
        begun(connection, "POST", path, body.encode(), kind, shut.shown)
        shut.revoke()
        connection.sendall(body[-1:].encode())
        refusal = refused(connection)

    assert refusal == (401, "key_revoked")
    assert client.get(f"/users/{user}").status_code == 404


def test_a_request_that_began_before_the_first_key_is_refused_after_it(client, keyless, track):
    user = somebody()
    body, kind = bodies(user, track)["/update"]

    with listening(keyless.app) as port, connected(port) as connection:
        begun(connection, "POST", "/update", body.encode(), kind)
        keyless.make()
        connection.sendall(body[-1:].encode())
        refusal = refused(connection)

    assert refusal == (401, "key_needed")
    assert client.get(f"/users/{user}").status_code == 404


def test_a_key_that_stays_good_does_what_it_was_let_in_for(client, shut, track):
    user = somebody()
    body, kind = bodies(user, track)["/update"]

    with listening(shut.app) as port, connected(port) as connection:
        begun(connection, "POST", "/update", body.encode(), kind, shut.shown)
        connection.sendall(body[-1:].encode())
        status, _ = answered(connection)

    assert status == 200
    assert client.get(f"/users/{user}").json()["n_labels"] == 1


def test_a_recording_that_was_heard_when_the_key_was_revoked_is_not_registered(
    client, shut, settings
):
    """The recording is kept before the track is written, for which the lock is held here."""
    sound = wav(1.7)
    files = f"*/{hashlib.sha256(sound).hexdigest()}"
    body = b'--b\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\n'
    body += sound + b"\r\n--b--\r\n"
    sent = head(
        "PUT",
        "/tracks/heard-too-late",
        "Content-Type: multipart/form-data; boundary=b",
        f"Content-Length: {len(body)}",
        shut.shown,
    )

    with listening(shut.app) as port, connected(port) as connection:
        with closing(Database(settings.database_url)) as elsewhere, elsewhere.write():
            connection.sendall(sent + body)
            wait_for(lambda: list(settings.audio.rglob(files)))
            shut.revoke()
        refusal = refused(connection)

    assert refusal == (401, "key_revoked")
    assert client.get("/tracks/heard-too-late").status_code == 404
    assert not list(settings.audio.rglob(files))
