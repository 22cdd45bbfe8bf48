"""Tracing with OpenTelemetry, if an exporter is configured; spans contain routes and no ids.

``OTEL_EXPORTER_OTLP_ENDPOINT`` and the other variables of OpenTelemetry's SDK configure it.
"""

from collections.abc import Mapping
from typing import Any

from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode, format_trace_id, get_current_span
from starlette.types import ASGIApp, Receive, Scope, Send

from service.observability.logs import current_request

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Variables that switch tracing on, either of them."""

_TRACE_HEADERS = frozenset({b"traceparent", b"tracestate"})
"""Headers that OpenTelemetry may read."""
_HIDDEN = "attune.hidden"
"""Key in the traced scope that holds the original one."""


def provider_of(environ: Mapping[str, str]) -> TracerProvider | None:
    """Return a provider of tracers; None without an endpoint."""
    if not any(environ.get(name) for name in ENDPOINTS):
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    name = environ.get("OTEL_SERVICE_NAME") or "attune"
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class Tracing:
    """Traces requests, with the route instead of the path.

    Query, client, headers and exception messages do not get into a span.

    Args:
        app: The traced application.
        provider: Creates the spans.
    """

    def __init__(self, app: ASGIApp, provider: TracerProvider) -> None:
        self._app = app
        self._tracing: ASGIApp = OpenTelemetryMiddleware(
            self._traced,
            tracer_provider=provider,
            server_request_hook=_name_route,
            exclude_spans=["receive", "send"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, traced if the middleware has set its context."""
        context = current_request()
        if scope["type"] != "http" or context is None:
            await self._app(scope, receive, send)
            return
        failures: list[Exception] = []
        shown = {
            **scope,
            "method": context.method,
            "path": context.route,
            "raw_path": context.route.encode(),
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
        if (context := current_request()) is not None:
            context.trace_id = format_trace_id(span.get_span_context().trace_id)
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001  # raised again outside of the span
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            failures.append(error)


def _name_route(span: Span, shown: dict[str, Any]) -> None:
    span.set_attribute("http.route", shown["path"])
