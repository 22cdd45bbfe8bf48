"""The model as a resource: which snapshots answer, and how the next one is taken up."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from service.schemas.replies import ModelInfo, ModelReload
from service.serving import Serving

model_routes = APIRouter()


async def _serving(request: Request) -> Serving:
    serving: Serving = request.app.state.serving
    return serving


ServingHere = Annotated[Serving, Depends(_serving)]


@model_routes.get("/model")
def get_model(serving: ServingHere) -> ModelInfo:
    """Show which shared models answer, and what they can be asked for."""
    return ModelInfo.model_validate(serving.now)


@model_routes.post("/model/reload")
def reload_model(serving: ServingHere) -> ModelReload:
    """Have every worker take up the snapshots that are in the configured folders now.

    The snapshots are read and checked first; nothing changes if one cannot be served. The workers
    then load them beside their requests, so that it takes a moment until all answer with them.
    """
    found = serving.check()
    serving.shared.notices.announce("snapshot")
    return ModelReload.model_validate(found)
