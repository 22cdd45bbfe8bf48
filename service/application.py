"""The application of one worker, and the BentoML service that starts and stops it.

A middleware hook of BentoML passes every HTTP request to the application.
"""

import os
import sys
from collections.abc import Mapping
from typing import Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")  # before BentoML is imported

import bentoml
from anyio import CapacityLimiter
from opentelemetry.sdk.trace import TracerProvider
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import HTTP_PROTOCOLS

from models.errors import AttuneError
from service.api.application import Api, wrap_middleware
from service.api.openapi import VERSION
from service.auth.authorization import Authorizer
from service.http.concurrency import AudioQueue
from service.http.limits import Limits
from service.http.runtime import Runtime
from service.observability.health import Check, CheckTiming, Health
from service.observability.logs import configure
from service.observability.metrics import Metrics
from service.observability.tracing import provider_of
from service.serving.snapshots import Serving, serve
from service.settings import Settings

_ENCODERS_FRESH_S = 10.0
_GRACE_S = 5.0
_SWITCH_S = 0.001
"""Longest time that a thread keeps the interpreter from others, in seconds. A quick call takes the
interpreter some twenty times; Python's 5 ms would add up beside threads that read audio."""

# Workers let uvicorn choose the protocol.
HTTP_PROTOCOLS["auto"] = "service.http.connections:BoundedConnection"


class Application:
    """The HTTP application of one worker.

    Args:
        settings: The service's settings.
        provider: Creates spans of requests; None traces nothing.

    Attributes:
        asgi: Answers requests after :meth:`start`.
    """

    def __init__(self, settings: Settings, provider: TracerProvider | None = None) -> None:
        self.api = Api()
        self.metrics = Metrics(settings.metrics_folder, VERSION)
        self.limits = Limits.of(settings)
        self._settings = settings
        self._authorizer = Authorizer(origins=settings.cors_origins, rate=settings.rate)
        self.asgi = wrap_middleware(
            self.api,
            authorizer=self._authorizer,
            limits=self.limits,
            metrics=self.metrics,
            provider=provider,
        )

    def start(self) -> None:
        """Load the snapshots, open the database and accept requests."""
        sys.setswitchinterval(_SWITCH_S)
        serving = serve(self._settings, self.metrics)
        serving.start()
        shared = serving.shared
        self._authorizer.open(shared.keys, self._settings.metrics_folder, shared.signed_urls)
        self.metrics.start()
        self.api.state.runtime = Runtime(
            serving=serving,
            metrics=self.metrics,
            health=_health(serving, self.metrics),
            threads=CapacityLimiter(self._settings.threads),
            audio=AudioQueue(self._settings.threads, self._settings.timeout_s),
            watching=CapacityLimiter(1),
            reading=CapacityLimiter(1),
        )

    def close(self) -> None:
        """Refuse further requests, and close database connections."""
        runtime: Runtime = self.api.state.runtime
        runtime.serving.close()
        self._authorizer.close()


class Delegation:
    """BentoML middleware that passes every HTTP request to our application.

    Of BentoML's own application only the lifespan is used.
    """

    def __init__(self, app: ASGIApp, *, asgi: ASGIApp) -> None:
        self._bentoml = app
        self._asgi = asgi

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        app = self._bentoml if scope["type"] == "lifespan" else self._asgi
        await app(scope, receive, send)


def options(settings: Settings) -> dict[str, Any]:
    """Return the options of BentoML, which keeps those of the first service of a process."""
    return {
        "name": "attune",
        "workers": settings.workers,  # of `bentoml serve`
        "threads": settings.threads,
        # Our own limit ends first; BentoML's timer goes on after the reply.
        "traffic": {"timeout": settings.timeout_s + _GRACE_S},
        "metrics": {"enabled": False},  # they count by path, which contains ids
        "logging": {"access": {"enabled": False}},  # paths again
        "tracing": {"excluded_urls": ".*"},  # paths again
    }


def attune(settings: Settings, application: Application) -> Any:
    """Return the BentoML ``Service`` that runs an application."""

    @bentoml.service(**options(settings))
    class Attune:
        """Tells what music feels like to one listener; asks what it would learn most from."""

        def __init__(self) -> None:
            application.start()

        @bentoml.on_shutdown
        def close(self) -> None:
            """Release what the application holds."""
            application.close()

    service: Any = Attune  # BentoML's decorator carries no types
    service.add_asgi_middleware(Delegation, asgi=application.asgi)
    return service


def _health(serving: Serving, metrics: Metrics) -> Health:
    """Return the checks of what every reply needs, by their names in the reply."""

    def database() -> None:
        try:
            serving.resources.log.last_seq("")  # an indexed read that decodes nothing
        except AttuneError:
            metrics.database_failed()
            raise

    def snapshot() -> None:
        for resources in serving.now.resources:
            resources.snapshot.require_features(resources.extractor.digest)

    def encoders() -> None:
        serving.resources.extractor.check()

    return Health(
        Check("database", database),
        Check("snapshot", snapshot),
        Check("encoders", encoders, CheckTiming(fresh_s=_ENCODERS_FRESH_S)),  # it is slower
    )


def served(environ: Mapping[str, str]) -> Any:
    """Return the service for an environment."""
    settings = Settings.from_env(environ)
    configure(settings.log, settings.log_level)
    return attune(settings, Application(settings, provider_of(environ)))
