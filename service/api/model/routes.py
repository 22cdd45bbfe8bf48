"""``/model``: show the served snapshots and reload them."""

from fastapi import APIRouter

from service.api.model.schemas import ModelInfo, ModelReload
from service.auth.api_keys import ADMIN, PREDICT
from service.http.concurrency import Cost
from service.http.policy import policy
from service.http.runtime import Runtime

router = APIRouter(tags=["model"])


@router.get("/model")
@policy(PREDICT)
def get_model(runtime: Runtime) -> ModelInfo:
    """Show the shared models that are served, with their fusions and strategies."""
    return ModelInfo.model_validate(runtime.serving.now)


@router.post("/model/reload")
@policy(ADMIN, Cost.BULK)
def reload_model(runtime: Runtime) -> ModelReload:
    """Make every worker load the snapshots that are in the configured folders now.

    The service checks the snapshots first; nothing changes if one cannot be served. The workers
    then load them while they answer requests, so the change takes effect after a short time.
    """
    checked = runtime.serving.check()
    runtime.serving.shared.notifications.announce("snapshot")
    return ModelReload.model_validate(checked)
