"""Wire types of ``/rank``."""

from typing import Annotated, Self, cast

from pydantic import Field, model_validator
from pydantic.config import JsonDict

from models.emotion import Quadrant
from models.ranking import Point, Target
from service.api.examples import EXPECTED, MODEL, PERSONAL, TRACK_ID, USER_ID, Examples
from service.api.fields import Coordinate, Cursor, Id, Limit, QuadrantName
from service.api.predict.schemas import Coordinate as ExpectedCoordinate
from service.api.rank.ranking import Order
from service.api.reply import Personal, Probability, Reply, SnapshotVersion, at
from service.http.body import Body


class RankIn(Body):
    """The user, and exactly one target: a quadrant or a point."""

    user_id: Id
    quadrant: QuadrantName = None
    valence: Coordinate | None = None
    arousal: Coordinate | None = None
    limit: Limit = 50
    cursor: Cursor = None
    exclude_answered: Annotated[
        bool, Field(description="Leave out tracks that the user has labelled.")
    ] = True

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.valence is None) != (self.arousal is None):
            raise ValueError("A point needs both valence and arousal.")
        if (self.quadrant is None) == (self.valence is None):
            raise ValueError("Exactly one of quadrant and valence with arousal is needed.")
        return self

    def to_domain(self) -> Order:
        """Return the request of the use case."""
        return Order(
            self.user_id, self._target, self.limit, self.cursor, is_new_only=self.exclude_answered
        )

    @property
    def _target(self) -> Target:
        if self.valence is not None and self.arousal is not None:
            return Point(self.valence, self.arousal)
        return cast("Quadrant", self.quadrant)


class RankedTrack(Reply):
    """A ranked track; a higher score comes first.

    For a quadrant, `score` is `probability`: that the user puts the track there. For a point,
    `score` is minus the root of the expected squared distance between the user's answer and the
    point, in valence and arousal, and `probability` is null.
    """

    track_id: str
    score: float
    probability: Probability | None
    valence: ExpectedCoordinate
    arousal: ExpectedCoordinate


class RankOut(Reply):
    """The tracks that fit best, best first; `next_cursor` is null on the last page.

    `changed` is true if labels, the catalogue or the shared models changed since the previous
    page: a track may then appear twice, or not at all.
    """

    tracks: list[RankedTrack]
    next_cursor: str | None
    changed: Annotated[bool, at("has_changed")]
    personal: Annotated[Personal, at("listener")]
    model: SnapshotVersion


_REQUEST: JsonDict = {"user_id": USER_ID, "limit": 5, "exclude_answered": False}
EXAMPLES: Examples = {
    "RankIn": [{**_REQUEST, "quadrant": "Q2"}, {**_REQUEST, "valence": 0.6, "arousal": -0.5}],
    "RankOut": [
        {
            "tracks": [{"track_id": TRACK_ID, "score": 0.54, "probability": 0.54, **EXPECTED}],
            "next_cursor": None,
            "changed": False,
            "personal": PERSONAL,
            "model": MODEL,
        }
    ],
}
