"""``POST /rank``: the catalogue, sorted for one user and an emotion."""

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
    """Rank the catalogue by how well tracks fit a quadrant or a point for a user."""
    resources = runtime.resources_for(body.user_id)
    ranking = rankings.rank(
        body.to_domain(),
        track_features=resources.track_features,
        votes=resources.votes,
        log=resources.log,
        listeners=resources.listeners,
    )
    return RankOut.model_validate(ranking)
