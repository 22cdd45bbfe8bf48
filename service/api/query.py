"""``POST /query``: which tracks to put before a user next."""

from fastapi import APIRouter

from service import query as queries
from service.http.policy import policy
from service.http.runtime import Runtime
from service.keys import LABEL, PREDICT
from service.pools import Stock
from service.schemas.replies import QueryOut
from service.schemas.requests import QueryIn

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
    return QueryOut.of(asked.tracks, asked.strategy, parts.snapshot.version)
