"""The service with one more API, which does nothing: the floor under every other.

It can also be called without passing the gate: what the gate costs is the difference. Beside it
is one more that does nothing, served as BentoML serves it by itself, with BentoML's own tracing,
time limit, metrics and log of accesses.
"""

import os

import bentoml
from pydantic import BaseModel
from service.resources import resources
from starlette.types import ASGIApp, Receive, Scope, Send

from service.app import Attune
from service.http.body import Body
from service.http.tracing import AttuneService, guard
from service.settings import Settings

SETTINGS = Settings.from_env(os.environ)
EMPTY, UNGUARDED, PLAIN = "/empty", "/unguarded", "/plain"


class Nothing(Body):
    """An empty object."""


class NothingBack(BaseModel):
    """An empty object."""


@bentoml.service(
    name="bench",
    service_class=AttuneService,
    threads=SETTINGS.threads,
    traffic={"timeout": SETTINGS.timeout_s},
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)
class Bench(Attune.inner):
    """Attune, and an API that reads a body and answers at once."""

    @bentoml.api(route=EMPTY)
    def empty(self, body: Nothing, /) -> NothingBack:
        """Do nothing."""
        del body
        return NothingBack()


@bentoml.service(name="plain", threads=SETTINGS.threads)
class Plain:
    """An API as BentoML serves it."""

    @bentoml.api(route=PLAIN)
    def plain(self, body: Nothing, /) -> NothingBack:
        """Do nothing."""
        del body
        return NothingBack()


guard(Bench, resources, Attune.gate, Attune.metrics)
THROUGH = Bench.gate


class SideDoor:
    """Leads to the empty APIs past the gate; everything else goes through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._gate = THROUGH(app)
        self._plain = Plain.to_asgi(is_main=False)
        self._life = self._plain.router.lifespan_context(self._plain)
        self._lives = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and scope["path"] == UNGUARDED:
            inside = scope | {"path": EMPTY, "raw_path": EMPTY.encode()}
            await self._app(inside, receive, send)
            return
        if scope["type"] == "http" and scope["path"] == PLAIN:
            await self._begin()
            await self._plain(scope, receive, send)
            return
        await self._gate(scope, receive, send)

    async def _begin(self) -> None:
        """Start the plain service, which the server knows nothing of, when it is first asked."""
        if not self._lives:
            self._lives = True
            await self._life.__aenter__()


Bench.gate = SideDoor
