"""Pictures as resources: of one listener for the listener, of all for the operator."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from service import overview, picture
from service.clock import utc_now
from service.latency import latencies
from service.metrics import Metrics
from service.schemas.fields import Id
from service.schemas.overviews import Overview
from service.schemas.pictures import Picture
from service.serving import Serving

picture_routes = APIRouter()


async def _serving(request: Request) -> Serving:
    serving: Serving = request.app.state.serving
    return serving


async def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


ServingHere = Annotated[Serving, Depends(_serving)]


@picture_routes.get("/users/{user_id}/picture")
def get_picture(user_id: Annotated[Id, Path()], serving: ServingHere) -> Picture:
    """Show what is known of a user: their answers, and what is expected of them beside everybody.

    `prequential` counts how often their quadrants were foretold rightly, before each was learnt.
    """
    parts = serving.parts_for(user_id)
    shown = picture.picture(
        user_id,
        log=parts.log,
        guesses=parts.guesses,
        sketches=parts.sketches,
        listeners=parts.listeners,
    )
    return Picture.model_validate(shown)


@picture_routes.get("/overview")
def get_overview(serving: ServingHere, metrics: Annotated[Metrics, Depends(_metrics)]) -> Overview:
    """Show what there is, how well it is foretold before and after personalisation, and how fast.

    Everything is counted anew; nothing of it tells who a user is.
    """
    now, parts = serving.now, serving.parts
    shown = overview.overview(
        utc_now(),
        census=parts.census,
        guesses=parts.guesses,
        served=now.roles,
        latency=latencies(metrics.exposition().decode()),
    )
    return Overview.model_validate(shown)
