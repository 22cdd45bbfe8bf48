"""What is changed in BentoML 1.4, all of it here.

- Bodies are read by :mod:`service.transport.body`, by a serde in the place of all of BentoML's;
- an error of an API, or of reading its body, becomes a problem before BentoML makes a list of it;
- the application is wrapped in the gate, outside BentoML's own middleware;
- BentoML's start page, which loads a tracker, and its description of its half are not served;
- requests are not traced unless an exporter is configured: it is a third of what a request costs;
- usage statistics are not sent.
"""

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar, cast

from _bentoml_impl.serde import ALL_SERDE, JSONSerde  # type: ignore[import-untyped]
from _bentoml_impl.server.app import ServiceAppFactory  # type: ignore[import-untyped]
from _bentoml_sdk import Service  # type: ignore[import-untyped]
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.utils.analytics.usage_stats import do_not_track
from fastapi import FastAPI
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from service.metrics import Routes
from service.transport.answers import answer
from service.transport.body import Body, close_uploads, expected_media_type, read_body

# BentoML's command line read this before it imported the service, and reports afterwards.
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
do_not_track.cache_clear()

_UNSERVED = frozenset({"index", "openapi-spec", "static_content"})
"""Routes of BentoML that are left out."""

_SYSTEM_ROUTES = (
    ("/livez", "GET"),
    ("/readyz", "GET"),
    ("/healthz", "GET"),
    ("/schema.json", "GET"),
)
"""Routes of BentoML that are served: template and method."""

_UNUSED: tuple[Any, ...] = (OpenTelemetryMiddleware,)
"""Middleware that nobody looks at."""

T = TypeVar("T")


class StrictSerde(JSONSerde):  # type: ignore[misc]  # untyped
    """Reads a body by its declared media type; writes JSON."""

    async def parse_request(self, request: Request, cls: type[Any]) -> Any:
        return await read_body(request, cast("type[Body]", cls))


# BentoML looks a serde up by media type and takes JSON's for what it does not know.
cast("dict[str, type]", ALL_SERDE).update(dict.fromkeys(ALL_SERDE, StrictSerde))


class AttuneAppFactory(ServiceAppFactory):  # type: ignore[misc]  # untyped
    """Answers errors as problems, and traces only for somebody who looks."""

    @property
    def middlewares(self) -> list[Middleware]:
        """BentoML's middleware, outermost first."""
        every: list[Middleware] = super().middlewares
        if BentoMLContainer.tracing.exporter_type.get() is not None:
            return every
        return [each for each in every if each.cls not in _UNUSED]

    async def api_endpoint(self, name: str, request: Request) -> Response:
        try:
            # BentoML has its own words for pickle, and reads what it does not know as JSON.
            expected_media_type(request, cast("type[Body]", self.service.apis[name].input_spec))
            response: Response = await super().api_endpoint(name, request)
        except Exception as error:  # noqa: BLE001  # the last place that can answer; logged there
            return answer(error, request)
        else:
            return response
        finally:
            close_uploads(request)


class AttuneService(Service[T]):  # type: ignore[misc]  # untyped
    """A BentoML service behind a gate.

    Attributes:
        gate: Wraps the application that is served.
    """

    gate: Callable[[ASGIApp], ASGIApp]

    def to_asgi(self, is_main: bool = True) -> ASGIApp:  # noqa: FBT001, FBT002  # BentoML's
        """Return the application to serve."""
        self.inject_config()
        app: Starlette = AttuneAppFactory(self, is_main=is_main)()
        app.router.redirect_slashes = False  # "/predict/" is not found, as with every other path
        kept = [
            route for route in app.router.routes if getattr(route, "name", "") not in _UNSERVED
        ]
        app.router.routes[:] = kept
        return self.gate(app)


def apis_of(service: Any) -> Mapping[str, Any]:
    """Return a service's API methods by name."""
    apis: Mapping[str, Any] = service.apis
    return apis


def guard(service: Any, resources: FastAPI, gate: Callable[..., ASGIApp]) -> None:
    """Mount the resources beside a service's APIs, and put both behind a gate.

    Args:
        service: An :class:`AttuneService`.
        resources: Answers what no API answers.
        gate: Takes an application and, as ``routes``, what is served.
    """
    service.mount_asgi_app(resources, path="/")
    served = [
        *_SYSTEM_ROUTES,
        *((api.route, "POST") for api in apis_of(service).values()),
        *(
            (route.path, method)
            for route in resources.routes
            if isinstance(route, Route)
            for method in route.methods or ()
        ),
    ]
    service.gate = partial(gate, routes=Routes(served))
