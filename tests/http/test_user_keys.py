"""Keys for one user, before the whole service: every call that can name somebody."""

from datetime import UTC, datetime
from itertools import chain

import pytest

from service.auth.api_keys import Scope, make_key
from tests.http.authorized_service import FAR, SCOPES, Keys, bearer, behind, opened, refusal
from tests.http.conftest import register, somebody

pytestmark = pytest.mark.http

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OWN_SCOPES = frozenset({Scope.PREDICT, Scope.LABEL})
NDJSON = {"Content-Type": "application/x-ndjson"}
LINE = (
    '{"event_id": "e", "track_id": "%s", "quadrant": "Q1", "created_at": "2026-01-01T00:00:00Z"}'
)


def label(track_id):
    return {"event_id": "e", "track_id": track_id, "quadrant": "Q1"}


NAMING = {
    ("POST", "/predict"): lambda u, t: {"json": {"user_id": u, "track_id": t}},
    ("POST", "/predict_batch"): lambda u, t: {"json": {"user_id": u, "track_ids": [t]}},
    ("POST", "/query"): lambda u, _: {"json": {"user_id": u}},
    ("POST", "/rank"): lambda u, _: {"json": {"user_id": u, "quadrant": "Q1"}},
    ("POST", "/update"): lambda u, t: {"json": {"user_id": u, "labels": [label(t)]}},
    ("GET", "/tracks/{track_id}"): lambda u, _: {"params": {"user_id": u}},
    ("GET", "/users/{user_id}"): lambda *_: {},
    ("GET", "/users/{user_id}/picture"): lambda *_: {},
    ("GET", "/users/{user_id}/labels"): lambda *_: {},
    ("POST", "/users/{user_id}/labels"): lambda _, t: {"content": LINE % t, "headers": NDJSON},
    ("DELETE", "/users/{user_id}"): lambda *_: {},
}
"""Every call that a key for one user may make and that names a user, and what is sent with it."""

NAMING_NOBODY = {
    ("GET", "/tracks"),
    ("GET", "/tracks/{track_id}/audio"),
    ("GET", "/model"),
}
"""Every other call that such a key may make: nothing in its answer is of one user."""

CALLS = pytest.mark.parametrize("call", NAMING, ids=" ".join)


@pytest.fixture(scope="module", name="contract")
def _contract(client):
    return client.get("/openapi.json").json()


@pytest.fixture(name="ana")
def _ana():
    return somebody()


@pytest.fixture(name="bob")
def _bob():
    return somebody()


@pytest.fixture(name="written")
def _written(ana):
    return make_key("ana's phone", OWN_SCOPES, None, NOW, ana)


@pytest.fixture(name="ask")
def _ask(application, client, written, old_track):
    """Make a call with Ana's key, naming some user."""
    del client  # boots the service
    caller = behind(application, opened(Keys(written.key)), **FAR)

    def ask(call, user):
        method, template = call
        sent = NAMING[call](user, old_track)
        headers = bearer(written.written) | sent.pop("headers", {})
        path = template.format(user_id=user, track_id=old_track)
        return caller.request(method, path, headers=headers, **sent)

    ask.caller, ask.shown, ask.key_id = caller, bearer(written.written), written.key.key_id
    return ask


def fields(contract, schema):
    """All names of fields in a schema, however deep."""
    if "$ref" in schema:
        return fields(contract, contract["components"]["schemas"][schema["$ref"].split("/")[-1]])
    inner = [*schema.get("anyOf", []), *schema.get("properties", {}).values()]
    inner += [schema["items"]] if "items" in schema else []
    return set(schema.get("properties", {})).union(*(fields(contract, each) for each in inner))


def names_a_user(contract, call):
    bodies = call.get("requestBody", {}).get("content", {}).values()
    sent = [fields(contract, body["schema"]) for body in bodies]
    return "user_id" in chain(*sent, (each["name"] for each in call.get("parameters", ())))


def test_somebody_has_thought_of_every_call_that_a_key_for_one_user_may_make(contract):
    made = {
        (method.upper(), template): names_a_user(contract, call)
        for template, calls in contract["paths"].items()
        for method, call in calls.items()
        if OWN_SCOPES & (SCOPES[method.upper(), template] or frozenset())
    }

    assert {call for call, is_naming in made.items() if is_naming} == set(NAMING)
    assert {call for call, is_naming in made.items() if not is_naming} == NAMING_NOBODY


@CALLS
def test_a_key_for_one_user_is_refused_what_names_another(client, ask, ana, bob, call):
    reply = ask(call, bob)

    assert refusal(reply) == (403, "key_of_another_user")
    assert f"{ask.key_id!r} is for the user {ana!r} only" in reply.json()["detail"]
    assert repr(bob) in reply.json()["detail"]
    assert "insufficient_scope" in reply.headers["www-authenticate"]
    assert client.get(f"/users/{bob}").status_code == 404


@CALLS
def test_a_key_for_one_user_does_what_names_that_user(client, ask, ana, old_track, call):
    register(client)  # something is left to ask about
    client.post("/update", json={"user_id": ana, "labels": [label(old_track)]})

    assert ask(call, ana).status_code in (200, 204)


@pytest.mark.parametrize("place", [0, 1])
def test_who_names_several_users_is_refused(ask, ana, bob, place):
    users = [ana, ana]
    users[place] = bob

    reply = ask(("GET", "/tracks/{track_id}"), users)

    assert refusal(reply) == (422, "invalid_request")
    assert "user_id" in reply.json()["detail"]


@pytest.mark.parametrize("path", ["/tracks", "/model", "/tracks/{}"])
def test_a_key_for_one_user_does_what_names_nobody(ask, old_track, path):
    assert ask.caller.get(path.format(old_track), headers=ask.shown).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/metrics"), ("GET", "/overview"), ("GET", "/users"), ("POST", "/users/{}/readmit")],
)
def test_a_key_for_one_user_does_nothing_that_concerns_all(ask, ana, method, path):
    reply = ask.caller.request(method, path.format(ana), headers=ask.shown)

    assert refusal(reply) == (403, "scope_missing")


def test_an_import_for_another_user_is_refused_before_a_line_is_read(ask, bob):
    reply = ask.caller.post(f"/users/{bob}/labels", content=b"no line", headers=ask.shown | NDJSON)

    assert refusal(reply) == (403, "key_of_another_user")
