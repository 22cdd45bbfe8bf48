"""The service behind a door of a test's own, and clients before it."""

from starlette.testclient import TestClient

from service.keys import KeyRing
from service.transport.door import Door
from service.transport.gate import gated

FAR = {"base_url": "https://attune.test", "client": ("192.0.2.7", 50_000)}
"""A client on another machine."""


def behind(application, door, **where):
    """A client of the service behind another door than its own."""
    gate = gated(
        application._app,
        door=door,
        limits=application._limits,
        metrics=application._metrics,
        routes=application._routes,
    )
    return TestClient(gate, raise_server_exceptions=False, follow_redirects=False, **where)


def opened(keys, **chosen):
    door = Door(**chosen)
    door.open(KeyRing(keys.all), None)
    return door


def bearer(written):
    return {"Authorization": f"Bearer {written}"}


def refusal(reply):
    return reply.status_code, reply.json()["code"]
