"""``POST /query``: which tracks to put before a user next."""

from fastapi import APIRouter

from service.api.query import questions as queries
from service.api.query.pools import Stock
from service.api.query.schemas import QueryIn, QueryOut
from service.auth.api_keys import LABEL, PREDICT
from service.http.policy import policy
from service.http.runtime import Runtime

router = APIRouter(tags=["query"])


@router.post("/query")
@policy(PREDICT | LABEL)
def query(body: QueryIn, runtime: Runtime) -> QueryOut:
    """Ask which tracks to put before a user next."""
    parts = runtime.parts_for(body.user_id)
    asked = queries.query(
        body.to_domain(),
        stock=Stock(parts.table, parts.sketches, parts.votes),
        log=parts.log,
        listeners=parts.listeners,
        rng=parts.rng(),
    )
    return QueryOut.model_validate(asked)
