"""``POST /rank``: the catalogue in the order of one user's taste for a mood."""

from fastapi import APIRouter

from service.api.rank import ranking as rankings
from service.api.rank.schemas import RankIn, RankOut
from service.auth.api_keys import PREDICT
from service.http.policy import policy
from service.http.runtime import Runtime

router = APIRouter(tags=["rank"])


@router.post("/rank")
@policy(PREDICT)
def rank(body: RankIn, runtime: Runtime) -> RankOut:
    """Rank the catalogue: what a user would put in a quadrant, or nearest to a point."""
    resources = runtime.resources_for(body.user_id)
    ranking = rankings.rank(
        body.to_domain(),
        track_features=resources.track_features,
        votes=resources.votes,
        log=resources.log,
        listeners=resources.listeners,
    )
    return RankOut.model_validate(ranking)
