"""The BentoML service, which starts and ends one FastAPI application in each worker.

Workers are started by ``service.server``, or by ``bentoml serve service.app:Attune``. BentoML's
middleware hook hands every HTTP request to the application.
"""

import os
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

# Workers leave it to uvicorn to choose.
HTTP_PROTOCOLS["auto"] = "service.http.connections:BoundedConnection"


class Application:
    """The HTTP application of one worker, from its start to its end.

    Args:
        settings: What the operator chose.
        provider: Traces requests; None for nobody.

    Attributes:
        asgi: Answers requests, once it was started.
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
        """Load what is served, open the database and let requests in."""
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
            watching=CapacityLimiter(1),
            reading=CapacityLimiter(1),
        )

    def close(self) -> None:
        """Let nobody in any more, and give the database's connections back."""
        runtime: Runtime = self.api.state.runtime
        runtime.serving.close()
        self._authorizer.close()


class Delegation:
    """BentoML middleware that hands every HTTP request to our application.

    BentoML's own pages and routes are never reached; its lifespan is.
    """

    def __init__(self, app: ASGIApp, *, asgi: ASGIApp) -> None:
        self._bentoml = app
        self._asgi = asgi

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        app = self._bentoml if scope["type"] == "lifespan" else self._asgi
        await app(scope, receive, send)


def attune(settings: Settings, application: Application) -> Any:
    """Return the BentoML ``Service`` that starts, serves and ends an application."""

    @bentoml.service(
        name="attune",
        workers=settings.workers,  # of `bentoml serve`
        threads=settings.threads,
        # Ours ends first; BentoML's timer of a request runs on when it was answered.
        traffic={"timeout": settings.timeout_s + _GRACE_S},
        metrics={"enabled": False},  # they count by path, which holds ids
        logging={"access": {"enabled": False}},  # so do its lines
        tracing={"excluded_urls": ".*"},  # so do its spans
    )
    class Attune:
        """Tells what music feels like to one listener; asks what it would learn most from."""

        def __init__(self) -> None:
            application.start()

        @bentoml.on_shutdown
        def close(self) -> None:
            """Give back what the application holds."""
            application.close()

    service: Any = Attune  # BentoML's decorator carries no types
    service.add_asgi_middleware(Delegation, asgi=application.asgi)
    return service


def _health(serving: Serving, metrics: Metrics) -> Health:
    """Return the checks of what every answer needs; their names are those of the reply."""

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
        Check("encoders", encoders, CheckTiming(fresh_s=_ENCODERS_FRESH_S)),  # it computes
    )


def served(environ: Mapping[str, str]) -> Any:
    """Return the service that an environment asks for."""
    settings = Settings.from_env(environ)
    configure(settings.log, settings.log_level)
    return attune(settings, Application(settings, provider_of(environ)))


Attune = served(os.environ)
