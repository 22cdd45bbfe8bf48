"""``POST /query``: which tracks to put before a user next."""

from fastapi import APIRouter

from service.api.query import questions as queries
from service.api.query.pools import PoolSources
from service.api.query.schemas import QueryIn, QueryOut
from service.auth.api_keys import LABEL, PREDICT
from service.http.policy import policy
from service.http.runtime import Runtime

router = APIRouter(tags=["query"])


@router.post("/query")
@policy(PREDICT | LABEL)
def query(body: QueryIn, runtime: Runtime) -> QueryOut:
    """Choose the tracks to ask a user about next."""
    resources = runtime.resources_for(body.user_id)
    questions = queries.query(
        body.to_domain(),
        sources=PoolSources(resources.catalogue, resources.track_features, resources.votes),
        log=resources.log,
        listeners=resources.listeners,
        rng=resources.rng(),
    )
    return QueryOut.model_validate(questions)
