"""Single requests that claim to be another's: headers, trailers, keys and places that lie."""

import json
import time
from collections.abc import Iterable, Mapping

from tests.stress.keys import bearer, revoke_key
from tests.stress.plan import Plan
from tests.stress.table import Row
from tests.stress.target import TRACK, Target, closing_all, status_of
from tests.stress.wire import post, request

ELSEWHERE = "evil.example"
LYRICS = b'{"lyrics": "rain on the road"}'
LATE_S = 2.0
"""How long after a revocation the rest of a body is sent."""
NDJSON = "application/x-ndjson"
OWN_USER = "ana"
OTHER_USER = "bea"
PASSED_ON = (
    "X-Forwarded-For: 203.0.113.9",
    "X-Forwarded-Host: attune.example",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Port: 443",
    "X-Forwarded-Server: proxy",
    "X-Forwarded-Prefix: /attune",
    "X-Forwarded-By: 203.0.113.1",
    "X-Forwarded-Ssl: on",
    "X-Real-IP: 203.0.113.9",
    "Forwarded: for=203.0.113.9",
    "Via: 1.1 proxy",
    "CF-Connecting-IP: 203.0.113.9",
    "CF-Ray: 230b030023ae2822-SJC",
)
"""Each says that somebody passed the request on."""
EMBEDDING = "cross-origin-resource-policy"
FOREIGN_PATHS = ("/tracks", f"/tracks/{TRACK}/audio", "/model")
ANSWERED_PATHS = ("/tracks", f"/tracks/{TRACK}/audio", "/", "/openapi.json", "/livez", "/nothing")


def passed_on(plan: Plan, target: Target) -> list[Row]:
    """While there is no key, ask as somebody whom a proxy lets through."""
    asks = {each: _get(target, each) for each in PASSED_ON}
    asks["HTTP/1.0"] = f"GET /model HTTP/1.0\r\nHost: {target.host}\r\n\r\n".encode()
    statuses = {what: target.ask(sent).status for what, sent in asks.items()}
    honest = target.ask(_get(target)).status
    n_let_in = _n_other(plan, statuses, 403)
    return [
        plan.exactly("9: this machine itself, while there is no key", honest, 200),
        plan.exactly(
            f"9: requests that a proxy passed on, not refused (of {len(asks)})", n_let_in
        ),
    ]


def foreign_pages(plan: Plan, target: Target) -> list[Row]:
    """While there is no key, ask as a browser does for a page of another site."""
    cross = {path: _site(target, path, "cross-site") for path in FOREIGN_PATHS}
    own = [_site(target, path, "same-origin") for path in FOREIGN_PATHS]
    bare = [
        path
        for path in ANSWERED_PATHS
        if target.ask(request("GET", path)).headers.get(EMBEDDING) != "same-origin"
    ]
    plan.say(f"answers that other sites may embed: {bare}")
    return [
        plan.exactly("10: calls of the own pages that are answered", own.count(200), len(own)),
        plan.exactly(
            f"10: calls of other sites, not refused (of {len(cross)})", _n_other(plan, cross, 403)
        ),
        plan.exactly(
            f"10: answers that other sites may embed (of {len(ANSWERED_PATHS)})", len(bare)
        ),
    ]


def trailed_hosts(plan: Plan, target: Target) -> list[Row]:
    """While there is no key, name this machine behind the body, where the head names another."""
    status = target.ask(_chunked([f"Host: {ELSEWHERE}"], [f"Host: {target.host}"])).status
    return [plan.exactly("7: another host in the head, ours in a trailer", status, 403)]


def trailers_and_doubles(plan: Plan, target: Target) -> list[Row]:
    """Send what counts behind the body, and send it twice."""
    host = f"Host: {target.host}"
    key = f"Authorization: Bearer {target.keys['app']}"
    origins = f"Origin: http://{ELSEWHERE}", f"Origin: http://{target.host}"
    trailed_key = target.ask(_chunked([host], [key])).status
    trailed_origin = target.ask(_chunked([host, key, origins[0]], [origins[1]])).status
    hosts = target.ask(_chunked([host, host, key], [])).status
    keys = target.ask(_chunked([host, key, key], [])).status
    honest = target.ask(_chunked([host, key], [])).status
    return [
        plan.exactly("7: the same request in order", honest, 200),
        plan.exactly("7: a key in a trailer alone", trailed_key, 401),
        plan.exactly("7: a foreign origin in the head, ours in a trailer", trailed_origin, 403),
        plan.exactly("7: two Host headers", hosts, 400),
        plan.exactly("7: two Authorization headers", keys, 400),
    ]


def revoked_meanwhile(plan: Plan, target: Target) -> list[Row]:
    """Revoke a key while a body that it brings is on its way."""
    key, path = target.keys["revoked"], "/users/late/labels"
    sent = request("POST", path, _line("late-1", "2026-01-02"), kind=NDJSON, headers=bearer(key))
    connection = target.connect(sent[:-1])
    with closing_all([connection]):
        revoke_key(target.served, key)
        plan.say("the key is revoked; the last byte of its body follows")
        time.sleep(LATE_S)
        connection.sendall(sent[-1:])
        status = status_of(connection)
    log = target.ask(request("GET", path, headers=bearer(target.keys["admin"])))
    n_written = log.body.count(b"late-1")
    return [
        plan.exactly(f"8: a key revoked {LATE_S:g} s before its body ended", status, 401),
        plan.exactly("8: labels that it wrote", n_written),
    ]


def dates_and_others(plan: Plan, target: Target) -> list[Row]:
    """Import a date that is none, and name others with a key for one listener."""
    keyed = bearer(target.keys["app"])
    late = _line("dated-1", "9999-01-01")
    dated = target.ask(
        request("POST", f"/users/{OTHER_USER}/labels", late, kind=NDJSON, headers=keyed)
    )
    is_named = b"created_at" in dated.body
    others = {what: target.ask(sent).status for what, sent in _naming(target, OTHER_USER).items()}
    own = [target.ask(sent).status for sent in _naming(target, OWN_USER).values()]
    plan.say(f"a date of 9999 is answered {dated.status} {dated.body[:200]!r}; own calls {own}")
    return [
        plan.exactly("11: an import of the year 9999 (status / 100)", dated.status // 100, 4),
        plan.exactly("11: its answer names the field", is_named, 1),
        plan.exactly(
            f"11: calls that name another listener, not refused (of {len(others)})",
            _n_other(plan, others, 403),
        ),
        plan.exactly("11: calls of the own listener that are refused", own.count(403)),
    ]


def _naming(target: Target, user_id: str) -> Mapping[str, bytes]:
    """Return calls of a key for one listener that name a listener."""
    keyed = bearer(target.keys["one listener"])
    label = {"event_id": f"{user_id}-1", "track_id": TRACK, "quadrant": "Q1"}
    paths = (
        f"/users/{user_id}",
        f"/users/{user_id}/picture",
        f"/users/{user_id}/labels",
        f"/tracks/{TRACK}?user_id={user_id}",
    )
    posts = {
        "/predict": {"track_id": TRACK, "user_id": user_id},
        "/rank": {"user_id": user_id, "quadrant": "Q1"},
        "/query": {"user_id": user_id},
        "/update": {"user_id": user_id, "labels": [label]},
    }
    imported = _line(f"{user_id}-2", "2026-01-02")
    return {
        **{path: request("GET", path, headers=keyed) for path in paths},
        **{path: post(path, body, headers=keyed) for path, body in posts.items()},
        "import": request("POST", paths[2], imported, kind=NDJSON, headers=keyed),
        "DELETE": request("DELETE", paths[0], headers=keyed),
    }


def _n_other(plan: Plan, statuses: Mapping[str, int], expected: int) -> int:
    wrong = {what: status for what, status in statuses.items() if status != expected}
    for what, status in wrong.items():
        plan.say(f"{what} is {status}, not {expected}")
    return len(wrong)


def _line(event_id: str, day: str) -> bytes:
    label = {"event_id": event_id, "track_id": TRACK, "quadrant": "Q1"}
    return json.dumps(label | {"created_at": f"{day}T00:00:00Z"}).encode() + b"\n"


def _get(target: Target, *headers: str) -> bytes:
    return "\r\n".join(["GET /model HTTP/1.1", f"Host: {target.host}", *headers, "", ""]).encode()


def _site(target: Target, path: str, site: str) -> int:
    headers = {"Host": target.host, "Sec-Fetch-Site": site}
    return target.ask(request("GET", path, headers=headers)).status


def _chunked(headers: Iterable[str], trailers: Iterable[str]) -> bytes:
    """Return a prediction of lyrics in one chunk, in one piece, with trailers behind it."""
    kind = ["Content-Type: application/json", "Transfer-Encoding: chunked"]
    head = ["POST /predict HTTP/1.1", *headers, *kind, "", f"{len(LYRICS):x}"]
    tail = ["", "0", *trailers, "", ""]
    return "\r\n".join(head).encode() + b"\r\n" + LYRICS + "\r\n".join(tail).encode()
