"""Routes for operators and machines: probes, metrics, statistics and API descriptions."""

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from service.api.ops import stats
from service.api.ops.schemas import METRICS_EXAMPLE, Checks, Overview, Ready
from service.auth.api_keys import ADMIN
from service.clock import utc_now
from service.errors import NotReadyError
from service.http.policy import EVERYBODY, policy
from service.http.runtime import Runtime
from service.observability.latency import latencies
from service.observability.metrics import MEDIA_TYPE

router = APIRouter(tags=["operations"])


@router.head("/livez", include_in_schema=False)
@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", include_in_schema=False)
@router.get(
    "/livez",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": "\n"}}}},
)
@policy(EVERYBODY, is_probe=True)
async def livez() -> PlainTextResponse:
    """Report that the process answers."""
    return PlainTextResponse("\n")


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz")
@policy(EVERYBODY, is_probe=True)
async def readyz(runtime: Runtime) -> Ready:
    """Report whether the database, the snapshot and the encoders are available."""
    checks = await runtime.health.check()
    if any(verdict != "ok" for verdict in checks.values()):
        raise NotReadyError(checks)
    return Ready(status="ready", checks=Checks.model_validate(checks))


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": METRICS_EXAMPLE}},
        }
    },
)
@policy(ADMIN, is_probe=True)
async def get_metrics(runtime: Runtime) -> Response:
    """Show the metrics of all workers in the format of Prometheus."""
    # With a limiter of its own, so that it does not wait behind the requests it measures.
    text = await to_thread.run_sync(runtime.metrics.exposition, limiter=runtime.watching)
    return Response(text, media_type=MEDIA_TYPE)


@router.get("/overview")
@policy(ADMIN)
def get_overview(runtime: Runtime) -> Overview:
    """Show counts, accuracy with and without personalisation, and latency.

    The service computes everything for each call. The reply identifies no user.
    """
    now = runtime.serving.now
    shown = stats.service_stats(
        utc_now(),
        stats.StatsSources(
            now.primary.usage_counts,
            now.primary.prequential_records,
            runtime.serving.shared.calibrations,
        ),
        now.primary.snapshot,
        served=now.roles,
        latency=latencies(runtime.metrics.exposition().decode()),
    )
    return Overview.model_validate(shown)


@router.get("/openapi.json", include_in_schema=False)
@policy(EVERYBODY)
async def get_openapi(request: Request) -> Response:
    """Return the OpenAPI 3.1 document."""
    return Response(request.app.openapi_json, media_type="application/json")


@router.get("/schema.json", include_in_schema=False)
@policy(EVERYBODY)
async def get_schema(request: Request) -> Response:
    """Return the description that BentoML's own client reads before its first call."""
    return Response(request.app.bentoml_json, media_type="application/json")
