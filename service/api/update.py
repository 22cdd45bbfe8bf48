"""``POST /update``: a user's answers."""

from typing import Annotated

from fastapi import APIRouter

from service import update as updates
from service.http.body import from_body
from service.http.policy import policy
from service.http.runtime import RuntimeHere
from service.keys import LABEL
from service.schemas.labels import UpdateIn
from service.schemas.replies import UpdateOut

router = APIRouter()


@router.post("/update")
@policy(LABEL)
def update(body: Annotated[UpdateIn, from_body(UpdateIn)], runtime: RuntimeHere) -> UpdateOut:
    """Record a user's answers, all or none; sending them again changes nothing."""
    parts = runtime.serving.parts_for(body.user_id)
    updated = updates.update(
        body.user_id,
        body.to_domain(),
        call=body.call,
        log=parts.log,
        listeners=parts.listeners,
    )
    runtime.metrics.count_labels(updated.n_recorded)
    return UpdateOut.of(updated)
