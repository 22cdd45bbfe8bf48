"""The service with an auth policy of a test's own, and clients before it."""

from starlette.testclient import TestClient

from service.api.application import ROUTES, around
from service.auth.api_keys import KeyRing
from service.auth.authorization import Door
from service.http.policy import policy_of

FAR = {"base_url": "https://attune.test", "client": ("192.0.2.7", 50_000)}
"""A client on another machine."""

SCOPES = {
    (method, route.path): policy_of(route).scopes for route in ROUTES for method in route.methods
}
"""Scopes of which a call needs one, by method and template; None where it needs no key."""
OPEN = sorted({template for (_, template), scopes in SCOPES.items() if scopes is None})


def app_behind(application, door):
    """The service behind another door than its own."""
    return around(
        application.api, door=door, limits=application.limits, metrics=application.metrics
    )


def behind(application, door, **where):
    """A client of it."""
    guarded = app_behind(application, door)
    return TestClient(guarded, raise_server_exceptions=False, follow_redirects=False, **where)


def opened(keys, tickets=None, **chosen):
    door = Door(**chosen)
    door.open(KeyRing(keys.all), None, tickets)
    return door


def bearer(written):
    return {"Authorization": f"Bearer {written}"}


def refusal(reply):
    return reply.status_code, reply.json()["code"]
