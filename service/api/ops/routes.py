"""Routes for operators and machines: probes, metrics, statistics, descriptions."""

from typing import Literal

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from service.api.ops import stats
from service.api.ops.schemas import Overview
from service.api.reply import Reply
from service.api.reply_examples import METRICS
from service.auth.api_keys import ADMIN
from service.clock import utc_now
from service.errors import NotReadyError
from service.http.policy import EVERYBODY, policy
from service.http.runtime import Runtime
from service.observability.health import HealthStatus
from service.observability.latency import latencies
from service.observability.metrics import MEDIA_TYPE

router = APIRouter(tags=["operations"])


class Checks(Reply):
    """Whether each thing that every answer needs is there."""

    database: HealthStatus
    snapshot: HealthStatus
    encoders: HealthStatus


class Ready(Reply):
    """The worker can answer."""

    status: Literal["ready"]
    checks: Checks


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
    """Whether the process answers."""
    return PlainTextResponse("\n")


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz")
@policy(EVERYBODY, is_probe=True)
async def readyz(runtime: Runtime) -> Ready:
    """Whether the database, the snapshot and the encoders answer."""
    checks = await runtime.health.look()
    if any(verdict != "ok" for verdict in checks.values()):
        raise NotReadyError(checks)
    return Ready(status="ready", checks=Checks.model_validate(checks))


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"example": METRICS}}}},
)
@policy(ADMIN, is_probe=True)
async def get_metrics(runtime: Runtime) -> Response:
    """Show the numbers of all workers, for Prometheus."""
    # Not behind the work that it tells of.
    exposition_text = await to_thread.run_sync(
        runtime.metrics.exposition, limiter=runtime.watching
    )
    return Response(exposition_text, media_type=MEDIA_TYPE)


@router.get("/overview")
@policy(ADMIN)
def get_overview(runtime: Runtime) -> Overview:
    """Show what there is, how well it is foretold before and after personalisation, and how fast.

    Everything is counted anew; nothing of it tells who a user is.
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
    """Describe the API to machines, as OpenAPI 3.1."""
    return Response(request.app.openapi_json, media_type="application/json")


@router.get("/schema.json", include_in_schema=False)
@policy(EVERYBODY)
async def get_schema(request: Request) -> Response:
    """Describe the calls to BentoML's own client, which reads this before its first call."""
    return Response(request.app.bentoml_json, media_type="application/json")
