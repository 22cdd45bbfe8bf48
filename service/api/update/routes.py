"""``POST /update``: a user's labels."""

from functools import partial

from fastapi import APIRouter

from service.api.update import updates
from service.api.update.schemas import UpdateIn, UpdateOut
from service.auth.api_keys import LABEL
from service.http.policy import policy
from service.http.runtime import Runtime

router = APIRouter(tags=["update"])


@router.post("/update")
@policy(LABEL)
def update(body: UpdateIn, runtime: Runtime) -> UpdateOut:
    """Record a user's labels, all or none; repeating the call changes nothing.

    With `effect` the reply reports what the labels changed on a sample of the catalogue.
    """
    resources = runtime.resources_for(body.user_id)
    labels = body.to_domain()
    record = partial(
        updates.update,
        body.user_id,
        labels,
        call=body.call,
        log=resources.log,
        listeners=resources.listeners,
    )
    result = (
        updates.with_effect(
            body.user_id,
            labels,
            record,
            track_features=resources.track_features,
            listeners=resources.listeners,
        )
        if body.effect
        else record()
    )
    runtime.metrics.count_labels(result.n_recorded)
    return UpdateOut.model_validate(result)
