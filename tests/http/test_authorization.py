"""Who may call what: every call of the contract, with every kind of key, and without any."""

from datetime import UTC, datetime

import pytest
from starlette.routing import Route

from service.api.application import ROUTES
from service.auth.api_keys import EVERY_SCOPE, ApiKeyCache, Scope, make_key
from service.auth.authorization import Authorizer
from service.http.policy import policy_of
from tests.http.authorized_service import (
    FAR,
    OPEN,
    SCOPES,
    Keys,
    app_behind,
    bearer,
    behind,
    opened,
    refusal,
)
from tests.http.conftest import HERE
from tests.http.raw_sockets import connected, head, listening, refused

pytestmark = pytest.mark.http

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = "https://app.test"


@pytest.fixture(scope="module", name="contract")
def _contract(client):
    return client.get("/openapi.json").json()


@pytest.fixture(scope="module", name="calls")
def _calls(contract):
    """Every call of the contract: method, template, and the scopes that may make it."""
    return [
        (method.upper(), template, call["security"])
        for template, operations in contract["paths"].items()
        for method, call in operations.items()
    ]


@pytest.fixture(scope="module", name="guarded")
def _guarded(calls):
    """Those that need a key: method, path and scopes."""
    return [
        (method, template.format(track_id="t", user_id="u"), SCOPES[method, template])
        for method, template, _ in calls
        if SCOPES[method, template] is not None
    ]


@pytest.fixture(scope="module", name="keys")
def _keys():
    return Keys()


@pytest.fixture(scope="module", name="written")
def _written(keys):
    """Keys for one scope each, and one that was revoked."""
    made = {scope: make_key(scope, frozenset({scope}), None, NOW) for scope in Scope}
    made |= {"revoked": make_key("revoked", EVERY_SCOPE, None, NOW)}
    for each in made.values():
        keys.add(each.key)
    keys.revoke(made["revoked"].key.key_id)
    return {name: each.written for name, each in made.items()}


@pytest.fixture(scope="module", name="shut")
def _shut(application, client, keys, written):
    """A client on another machine of a service that has keys."""
    del client, written  # the first boots the service, the others are in the ring
    return behind(application, opened(keys), **FAR)


@pytest.fixture(scope="module", name="fresh")
def _fresh(application, client):
    """Makes clients of a service that has no key yet."""
    del client
    return lambda **where: behind(application, opened(Keys()), **where)


def damaged(written):
    return written[:-2] + ("A" if written[-2] != "A" else "B") + written[-1]


def test_the_contract_says_of_every_call_which_keys_it_takes(calls):
    for method, template, security in calls:
        needed = SCOPES[method, template]
        assert security == ([] if needed is None else [{"key": sorted(needed)}]), template


def test_every_route_declares_its_policy():
    assert [route.path for route in ROUTES if not hasattr(route.endpoint, "policy")] == []


def test_admin_may_make_every_call():
    assert all(Scope.ADMIN in scopes for scopes in SCOPES.values() if scopes is not None)


def test_a_route_without_a_policy_is_for_admin_alone():
    assert policy_of(Route("/thought/of/later", lambda: None)).scopes == {Scope.ADMIN}


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        (lambda _: {}, "key_needed"),
        (lambda _: {"Authorization": "Bearer sesame"}, "key_malformed"),
        (lambda w: {"Authorization": f"Basic {w[Scope.ADMIN]}"}, "key_malformed"),
        (lambda w: {"X-API-Key": w[Scope.ADMIN]}, "key_needed"),
        (lambda w: bearer(damaged(w[Scope.ADMIN])), "key_unknown"),
        (lambda _: bearer(make_key("x", EVERY_SCOPE, None, NOW).written), "key_unknown"),
        (lambda w: bearer(w["revoked"]), "key_revoked"),
    ],
    ids=["none", "malformed", "basic", "another header", "wrong secret", "unknown id", "revoked"],
)
def test_every_call_is_refused_to_who_is_not_known(shut, guarded, written, shown, code):
    for method, path, _ in guarded:
        reply = shut.request(method, path, headers=shown(written))
        assert refusal(reply) == (401, code), (method, path)
        assert reply.headers["www-authenticate"].startswith('Bearer realm="attune"')


@pytest.mark.parametrize("scope", Scope)
def test_every_call_is_made_by_keys_of_its_scope_alone(shut, guarded, written, scope):
    replies = {
        (method, path): shut.request(method, path, headers=bearer(written[scope]))
        for method, path, _ in guarded
    }
    refused = {call: each for call, each in replies.items() if each.status_code in {401, 403}}

    assert set(refused) == {
        (method, path) for method, path, scopes in guarded if scope not in scopes
    }
    assert {refusal(reply) for reply in refused.values()} <= {(403, "scope_missing")}
    assert all(scope in reply.json()["detail"] for reply in refused.values())


@pytest.mark.parametrize("path", OPEN)
def test_what_is_open_needs_no_key(shut, path):
    asked = path.replace("{path:path}", "style.css").replace("{file}", "swagger-ui.css")

    assert shut.get(asked).status_code in (200, 307)


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/update", 405)])
def test_what_is_not_served_is_told_to_holders_of_keys_alone(shut, written, path, status):
    assert refusal(shut.get(path)) == (401, "key_needed")
    assert shut.get(path, headers=bearer(written[Scope.LABEL])).status_code == status


def test_a_key_made_meanwhile_shuts_the_door_and_a_revoked_one_leaves_it_shut(application, client):
    del client
    keys = Keys()
    key_cache = ApiKeyCache(keys.all)
    authorizer = Authorizer()
    authorizer.open(key_cache, None)
    here = behind(application, authorizer, **HERE)
    assert here.get("/model").status_code == 200

    made = make_key("first", EVERY_SCOPE, None, NOW)
    keys.add(made.key)
    key_cache.read()
    assert refusal(here.get("/model")) == (401, "key_needed")
    assert here.get("/model", headers=bearer(made.written)).status_code == 200

    keys.revoke(made.key.key_id)
    key_cache.read()
    assert refusal(here.get("/model")) == (401, "key_needed")
    assert refusal(here.get("/model", headers=bearer(made.written))) == (401, "key_revoked")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1:3000", "[::1]:3000", "LOCALHOST:80"])
def test_without_a_key_this_machine_is_answered(fresh, host, name):
    here = fresh(base_url="http://localhost", client=(host, 50_000))

    assert here.get("/model", headers={"Host": name}).status_code == 200


@pytest.mark.parametrize("host", ["192.0.2.7", "10.0.0.1", "::2", "::ffff:10.0.0.1", "testclient"])
def test_without_a_key_no_other_machine_is_answered(fresh, guarded, host):
    far = fresh(base_url="http://localhost", client=(host, 50_000))

    for method, path, _ in guarded:
        reply = far.request(method, path)
        assert refusal(reply) == (403, "loopback_only"), (method, path)
        assert "python -m service keys make" in reply.json()["detail"]


@pytest.mark.parametrize(
    "header",
    [
        "Forwarded",
        "X-Forwarded-For",
        "x-forwarded-host",
        "X-FORWARDED-PROTO",
        "X-Forwarded-Something-New",
        "X-Real-IP",
        "Via",
        "CF-Connecting-IP",
        "cf-ray",
        "CDN-Loop",
        "True-Client-IP",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "Fastly-Client-IP",
        "X-Envoy-External-Address",
        "X-Amzn-Trace-Id",
        "X-Original-Host",
        "X-ProxyUser-IP",
        "Tailscale-User-Login",
    ],
)
def test_without_a_key_a_proxy_on_this_machine_does_not_make_everybody_local(fresh, header):
    reply = fresh(**HERE).get("/model", headers={header: "127.0.0.1"})

    assert refusal(reply) == (403, "loopback_only")


@pytest.mark.parametrize(
    "name", ["evil.test", "localhost.evil.test", "127.0.0.1.evil.test", "", "[::2]", "127.0.0.1@x"]
)
def test_without_a_key_a_name_that_was_made_to_point_here_is_not_answered(fresh, name):
    assert refusal(fresh(**HERE).get("/model", headers={"Host": name})) == (403, "loopback_only")


def test_probes_are_answered_everywhere(fresh):
    assert fresh(**FAR).get("/readyz", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 200


@pytest.mark.parametrize(
    "origin", [PAGE, "http://127.0.0.1:8080", "https://127.0.0.1.test", "null"]
)
def test_a_page_of_another_origin_can_change_nothing(fresh, client, origin):
    del client

    reply = fresh(**HERE).post("/predict", json={"lyrics": "la"}, headers={"Origin": origin})

    assert refusal(reply) == (403, "cross_origin")
    assert origin in reply.json()["detail"]
    assert "access-control-allow-origin" not in reply.headers


def test_a_page_of_the_service_s_own_origin_may_call(fresh):
    here = fresh(base_url="http://localhost:3000", client=("127.0.0.1", 1))

    reply = here.post(
        "/predict", json={"lyrics": "la"}, headers={"Origin": "http://localhost:3000"}
    )

    assert reply.status_code == 200


def test_a_listed_page_may_ask_call_and_read_why_it_was_refused(application, keys, written):
    shut = behind(application, opened(keys, origins=[PAGE]), **FAR)
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }

    allowed = shut.options("/predict", headers=asked)
    refused = shut.post("/predict", json={"lyrics": "la"}, headers={"Origin": PAGE})
    answered = shut.post(
        "/predict",
        json={"lyrics": "la"},
        headers={"Origin": PAGE, **bearer(written[Scope.PREDICT])},
    )

    assert (allowed.status_code, refused.status_code, answered.status_code) == (200, 401, 200)
    for reply in (allowed, refused, answered):
        assert reply.headers["access-control-allow-origin"] == PAGE
    assert "retry-after" in answered.headers["access-control-expose-headers"].lower()


def test_a_page_that_is_not_listed_is_not_let_in(application, keys, written):
    shut = behind(application, opened(keys, origins=[PAGE]), **FAR)
    asked = {"Origin": "https://evil.test", "Access-Control-Request-Method": "POST"}
    shown = {"Origin": "https://evil.test", **bearer(written[Scope.ADMIN])}

    allowed = shut.options("/predict", headers=asked)
    refused = shut.post("/predict", json={"lyrics": "la"}, headers=shown)

    assert allowed.status_code == 400
    assert "access-control-allow-origin" not in allowed.headers
    assert refusal(refused) == (403, "cross_origin")


def test_a_key_that_asks_too_often_is_told_when_to_come_back(application, client):
    del client
    slow = make_key("slow", EVERY_SCOPE, 0.05, NOW)
    quick = make_key("quick", EVERY_SCOPE, None, NOW)
    shut = behind(application, opened(Keys(slow.key, quick.key), rate=1_000.0), **FAR)

    first, second = (shut.get("/model", headers=bearer(slow.written)) for _ in range(2))

    assert first.status_code == 200
    assert refusal(second) == (429, "rate_exceeded")
    assert 1 <= int(second.headers["retry-after"]) <= 20
    assert "0.05 requests a second" in second.json()["detail"]
    assert shut.get("/model", headers=bearer(quick.written)).status_code == 200
    assert shut.get("/readyz").status_code == 200


def test_no_refusal_and_no_log_line_holds_a_secret(shut, guarded, written, caplog):
    caplog.set_level("DEBUG")
    shown = [*written.values(), damaged(written[Scope.ADMIN])]

    result = [
        shut.request(method, path, headers=bearer(each)).text
        for method, path, _ in guarded
        for each in shown
    ]

    assert "key_unknown" in "".join(result)
    for text in (*result, caplog.text):
        assert not any(each[-43:] in text for each in shown)


def test_the_connection_ends_with_a_refused_body_of_unknown_length(application, keys, written):
    del written
    shut = behind(application, opened(keys), **FAR)

    reply = shut.post("/predict", content=iter([b"x"] * 3), headers={"Content-Type": "audio/wav"})

    assert refusal(reply) == (401, "key_needed")
    assert reply.headers["connection"] == "close"  # nobody knows how long it would have been


@pytest.fixture(scope="module", name="port")
def _port(application, client):
    """Where a service without keys listens on real sockets."""
    del client  # boots the service
    with listening(app_behind(application, opened(Keys()))) as port:
        yield port


def asked(port, *lines, version="1.1"):
    """Return how a request that is sent byte by byte is refused."""
    with connected(port) as connection:
        connection.sendall(head("GET", "/model", *lines, version=version))
        return refused(connection)


@pytest.mark.parametrize("version", ["1.0", "0.9"])
def test_what_a_default_proxy_sends_is_not_taken_for_this_machine(port, version):
    """Trap: nginx's `proxy_pass` names our own host, speaks HTTP/1.0 and adds no header."""
    assert asked(port)[0] == 200
    assert asked(port, version=version) == (403, "loopback_only")


@pytest.mark.parametrize(
    "line",
    [
        "Host: 127.0.0.1:3000",
        "Authorization: Bearer a\r\nAUTHORIZATION: Bearer b",
        "Origin: http://a.test\r\norigin: http://127.0.0.1:3000",
        "Content-Type: text/plain\r\nContent-Type: application/json",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Site: same-origin",
    ],
    ids=lambda line: line.split(":")[0],
)
def test_a_header_that_says_who_asks_whom_comes_once(port, line):
    """Trap: of two, a proxy may look at the first, and an application at the last."""
    assert asked(port, line) == (400, "doubled_header")


def test_the_start_says_which_proxies_are_not_seen(caplog):
    opened(Keys())

    assert "a reverse proxy or a tunnel" in caplog.text.lower()
