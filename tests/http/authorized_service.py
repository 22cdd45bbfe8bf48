"""The service with an auth policy of a test's own, and clients before it."""

from dataclasses import replace
from datetime import UTC, datetime

from starlette.testclient import TestClient

from service.api.application import ROUTES, wrap_middleware
from service.auth.api_keys import ApiKeyCache
from service.auth.authorization import Authorizer
from service.http.policy import policy_of

FAR = {"base_url": "https://attune.test", "client": ("192.0.2.7", 50_000)}
"""A client on another machine."""

SCOPES = {
    (method, route.path): policy_of(route).scopes for route in ROUTES for method in route.methods
}
"""Scopes of which a call needs one, by method and template; None where it needs no key."""
OPEN = sorted({template for (_, template), scopes in SCOPES.items() if scopes is None})


class Keys:
    """API keys in a dictionary, as an auth policy is given them."""

    def __init__(self, *keys):
        self._keys = {key.key_id: key for key in keys}

    def all(self):
        return list(self._keys.values())

    def add(self, key):
        self._keys[key.key_id] = key

    def revoke(self, key_id):
        self._keys[key_id] = replace(self._keys[key_id], revoked_at=datetime.now(UTC))


def app_behind(application, authorizer):
    """The service behind another door than its own."""
    return wrap_middleware(
        application.api,
        authorizer=authorizer,
        limits=application.limits,
        metrics=application.metrics,
    )


def behind(application, authorizer, **where):
    """A client of it."""
    guarded = app_behind(application, authorizer)
    return TestClient(guarded, raise_server_exceptions=False, follow_redirects=False, **where)


def opened(keys, signed_urls=None, **chosen):
    authorizer = Authorizer(**chosen)
    authorizer.open(ApiKeyCache(keys.all), None, signed_urls)
    return authorizer


def bearer(written):
    return {"Authorization": f"Bearer {written}"}


def refusal(reply):
    return reply.status_code, reply.json()["code"]
