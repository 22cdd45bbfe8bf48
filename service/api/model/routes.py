"""``/model``: which snapshots answer, and how the next one is taken up."""

from fastapi import APIRouter

from service.api.model.schemas import ModelInfo, ModelReload
from service.auth.api_keys import ADMIN, PREDICT
from service.http.policy import Cost, policy
from service.http.runtime import Runtime

router = APIRouter(tags=["model"])


@router.get("/model")
@policy(PREDICT)
def get_model(runtime: Runtime) -> ModelInfo:
    """Show which shared models answer, and what they can be asked for."""
    return ModelInfo.model_validate(runtime.serving.now)


@router.post("/model/reload")
@policy(ADMIN, Cost.BULK)
def reload_model(runtime: Runtime) -> ModelReload:
    """Have every worker take up the snapshots that are in the configured folders now.

    The snapshots are read and checked first; nothing changes if one cannot be served. The workers
    then load them beside their requests, so that it takes a moment until all answer with them.
    """
    found = runtime.serving.check()
    runtime.serving.shared.notifications.announce("snapshot")
    return ModelReload.model_validate(found)
