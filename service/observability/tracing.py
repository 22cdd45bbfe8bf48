"""Tracing with OpenTelemetry, where an exporter is configured; spans hold routes and no ids.

It is configured as OpenTelemetry is everywhere, by ``OTEL_EXPORTER_OTLP_ENDPOINT`` and the other
variables that its SDK reads. Untraced requests cost nothing.
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
"""Variables of which either switches tracing on."""

_TRACE_HEADERS = frozenset({b"traceparent", b"tracestate"})
"""Headers that OpenTelemetry may see."""
_HIDDEN = "attune.hidden"
"""Key of the scope that tracing is shown, for the one that it is not."""


def provider_of(environ: Mapping[str, str]) -> TracerProvider | None:
    """Return what spans are sent by, or None where no endpoint is named."""
    if not any(environ.get(name) for name in ENDPOINTS):
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    name = environ.get("OTEL_SERVICE_NAME") or "attune"
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class Tracing:
    """Traces requests, and shows OpenTelemetry the route in the place of the path.

    Neither query, nor client, nor headers, nor what an exception said get into a span.

    Args:
        app: What is traced.
        provider: Makes the spans.
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
        """Answer a request that the middleware has let in."""
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
        except Exception as error:  # noqa: BLE001  # raised again, where no span records its words
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            failures.append(error)


def _name_route(span: Span, shown: dict[str, Any]) -> None:
    span.set_attribute("http.route", shown["path"])
