"""``POST /update``: a user's answers."""

from fastapi import APIRouter

from service import update as updates
from service.http.policy import policy
from service.http.runtime import Runtime
from service.keys import LABEL
from service.schemas.labels import UpdateIn
from service.schemas.replies import UpdateOut

router = APIRouter(tags=["update"])


@router.post("/update")
@policy(LABEL)
def update(body: UpdateIn, runtime: Runtime) -> UpdateOut:
    """Record a user's answers, all or none; sending them again changes nothing."""
    parts = runtime.parts_for(body.user_id)
    updated = updates.update(
        body.user_id,
        body.to_domain(),
        call=body.call,
        log=parts.log,
        listeners=parts.listeners,
    )
    runtime.metrics.count_labels(updated.n_recorded)
    return UpdateOut.of(updated)
