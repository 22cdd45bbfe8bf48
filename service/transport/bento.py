"""What is changed in BentoML 1.4, all of it here.

- Bodies are read by :mod:`service.transport.body`, by a serde in the place of all of BentoML's;
- an error of an API, or of reading its body, becomes a problem before BentoML makes a list of it;
- the application is wrapped in the gate, outside BentoML's own middleware;
- BentoML's own client is told how to call by name and to send files;
- BentoML's start page, which loads a tracker, and its description of its half are not served;
- readiness tells what was checked, and a request that waits for a thread is counted;
- requests are not traced unless an exporter is configured: it is a third of what a request costs.
  Spans hold the route's template; OpenTelemetry's would hold the path, and with it users' ids;
- usage statistics are not sent.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar, cast

from _bentoml_impl.serde import ALL_SERDE, JSONSerde  # type: ignore[import-untyped]
from _bentoml_impl.server.app import ServiceAppFactory  # type: ignore[import-untyped]
from _bentoml_sdk import Service  # type: ignore[import-untyped]
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.server.http.traffic import TimeoutMiddleware
from bentoml._internal.utils.analytics.usage_stats import do_not_track
from fastapi import FastAPI
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.trace import Span, Status, StatusCode, format_trace_id, get_current_span
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import HTTP_PROTOCOLS

from service.logs import asked_now
from service.metrics import Metrics, Routes
from service.refusals import NotReadyError
from service.transport.answers import answer
from service.transport.body import FORM, Body, close_uploads, expected_media_type, read_body

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

_TRACE_HEADERS = frozenset({b"traceparent", b"tracestate"})
"""Headers that OpenTelemetry may see."""
_HIDDEN = "attune.hidden"
"""Key of the scope that tracing is shown, for the one that it is not."""

_OUR_OWN: tuple[Any, ...] = (TimeoutMiddleware,)
"""Middleware whose work the gate does: BentoML's keeps a timer of each request for its whole time,
answered or not, and lets go of a request's thread before it has ended."""

T = TypeVar("T")


class StrictSerde(JSONSerde):  # type: ignore[misc]  # untyped
    """Reads a body by its declared media type; writes JSON."""

    async def parse_request(self, request: Request, cls: type[Any]) -> Any:
        return await read_body(request, cast("type[Body]", cls))


# BentoML's workers leave it to uvicorn to choose.
HTTP_PROTOCOLS["auto"] = "service.transport.heads:BoundedHeads"

# BentoML looks a serde up by media type and takes JSON's for what it does not know.
cast("dict[str, type]", ALL_SERDE).update(dict.fromkeys(ALL_SERDE, StrictSerde))


class Traced:
    """Traces requests, and shows OpenTelemetry the route in the place of the path.

    Neither query, nor client, nor headers, nor what an exception said get into a span.

    Args:
        app: What is traced.
        options: As :class:`OpenTelemetryMiddleware` takes them.
    """

    def __init__(self, app: ASGIApp, **options: Any) -> None:
        hooks = {"server_request_hook": _name_route, "exclude_spans": ["receive", "send"]}
        self._app = app
        self._tracing: ASGIApp = OpenTelemetryMiddleware(self._traced, **options | hooks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that the gate has let in."""
        asked = asked_now()
        if scope["type"] != "http" or asked is None:
            await self._app(scope, receive, send)
            return
        failures: list[Exception] = []
        shown = {
            **scope,
            "method": asked.method,
            "path": asked.route,
            "raw_path": asked.route.encode(),
            "query_string": b"",
            "headers": [each for each in scope["headers"] if each[0] in _TRACE_HEADERS],
            "client": None,
            _HIDDEN: (scope, failures),
        }
        await self._tracing(shown, receive, send)
        for failure in failures:
            raise failure

    async def _traced(self, shown: Scope, receive: Receive, send: Send) -> None:
        scope, failures = shown[_HIDDEN]
        span = get_current_span()
        if (asked := asked_now()) is not None:
            asked.trace_id = format_trace_id(span.get_span_context().trace_id)
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001  # raised again, where no span records its words
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            failures.append(error)


def _name_route(span: Span, shown: Scope) -> None:
    span.set_attribute("http.route", shown["path"])


_INSTEAD: dict[Any, Any] = {OpenTelemetryMiddleware: Traced}
"""Middleware in the place of BentoML's, which takes the same options."""


class AttuneAppFactory(ServiceAppFactory):  # type: ignore[misc]  # untyped
    """Answers errors as problems, and traces only for somebody who looks."""

    @property
    def middlewares(self) -> list[Middleware]:
        """BentoML's middleware, outermost first."""
        found: list[Middleware] = super().middlewares
        is_traced = BentoMLContainer.tracing.exporter_type.get() is not None
        unused = _OUR_OWN if is_traced else (*_OUR_OWN, OpenTelemetryMiddleware)
        kept = [each for each in found if each.cls not in unused]
        for each in kept:
            each.cls = _INSTEAD.get(each.cls, each.cls)
        return kept

    async def readyz(self, request: Request) -> Response:
        """Answer whether everything that is needed is there, and what is not."""
        checks = await self._service_instance.look()
        if any(verdict != "ok" for verdict in checks.values()):
            return answer(NotReadyError(checks), request)
        return JSONResponse({"status": "ready", "checks": dict(checks)})

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

    async def _to_thread(self, func: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        metrics: Metrics = self.service.metrics
        with metrics.waiting() as turn:

            def begin() -> T:
                turn.begin()
                return func(*args, **kwargs)

            done: T = await super()._to_thread(begin)
        return done


class AttuneService(Service[T]):  # type: ignore[misc]  # untyped
    """A BentoML service behind a gate; its class has a method ``look`` that tells what is there.

    Attributes:
        gate: Wraps the application that is served.
        metrics: Count who waits for a thread.
    """

    gate: Callable[[ASGIApp], ASGIApp]
    metrics: Metrics

    def schema(self) -> dict[str, Any]:
        """Return what BentoML's own client reads before its first call."""
        told: dict[str, Any] = super().schema()
        for each in told["routes"]:
            _name_arguments(each["input"], self.apis[each["name"]].input_spec)
        return told

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


def _name_arguments(told: dict[str, Any], kind: type[Body]) -> None:
    """Have arguments sent by name, and files too; BentoML knows neither of a body that is one."""
    del told["root_input"]
    if FORM in kind.media_types:
        files = kind.model_fields.keys() - told["properties"]
        told["properties"].update((name, {"type": "file"}) for name in sorted(files))


def apis_of(service: Any) -> Mapping[str, Any]:
    """Return a service's API methods by name."""
    apis: Mapping[str, Any] = service.apis
    return apis


def guard(
    service: Any, resources: FastAPI, gate: Callable[..., ASGIApp], metrics: Metrics
) -> None:
    """Mount the resources beside a service's APIs, and put both behind a gate.

    Args:
        service: An :class:`AttuneService`.
        resources: Answers what no API answers.
        gate: Takes an application and, as ``routes``, what is served.
        metrics: Count who waits for a thread.
    """
    service.metrics = metrics
    service.mount_asgi_app(resources, path="/")
    served = [
        *_SYSTEM_ROUTES,
        *((api.route, "POST") for api in apis_of(service).values()),
        *((route.path, method) for route in _flat(resources) for method in route.methods or ()),
    ]
    service.gate = partial(gate, routes=Routes(served))


def _flat(router: Any) -> Iterator[Route]:  # FastAPI does not show what it makes of a router
    """Yield all routes, those of routers that were included without a prefix too."""
    for route in router.routes:
        if isinstance(route, Route):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from _flat(included)
