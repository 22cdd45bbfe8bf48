"""``/rank`` on the wire."""

from typing import Annotated, Self, cast

from pydantic import Field, model_validator

from models.emotion import Quadrant
from models.ranking import Point, Target
from service.api.fields import Coordinate, Cursor, Id, Limit, QuadrantName
from service.api.predict.schemas import Coordinate as Place
from service.api.rank.ranking import Order
from service.api.reply import Personal, Probability, Reply, SnapshotVersion, at
from service.http.body import Body


class RankIn(Body):
    """For whom to rank the catalogue, and by what: exactly one of a quadrant and a point."""

    user_id: Id
    quadrant: QuadrantName | None = None
    valence: Coordinate | None = None
    arousal: Coordinate | None = None
    limit: Limit = 50
    cursor: Cursor = None
    exclude_answered: Annotated[
        bool, Field(description="Leave out tracks that the user has answered.")
    ] = True

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.valence is None) != (self.arousal is None):
            raise ValueError("A point needs both valence and arousal.")
        if (self.quadrant is None) == (self.valence is None):
            raise ValueError("Exactly one of quadrant and valence with arousal is needed.")
        return self

    def to_domain(self) -> Order:
        """Return what is looked for as the use case takes it."""
        return Order(
            self.user_id, self._target, self.limit, self.cursor, is_new_only=self.exclude_answered
        )

    @property
    def _target(self) -> Target:
        if self.valence is not None and self.arousal is not None:
            return Point(self.valence, self.arousal)
        return cast("Quadrant", self.quadrant)


class RankedTrack(Reply):
    """A track in its place; a higher score comes first.

    For a quadrant `score` is `probability`: that the user puts the track there. For a point it is
    minus the distance at which the user's answer is to be expected from it (the root of the
    expected squared distance, in valence and arousal), and `probability` is null.
    """

    track_id: str
    score: float
    probability: Probability | None
    valence: Place
    arousal: Place


class RankOut(Reply):
    """The tracks that fit best, the best first; `next_cursor` is null on the last page.

    `changed` says that the user's answers, others' answers, the catalogue or the shared models
    have changed since the page before: a track may then come twice, or not at all.
    """

    tracks: list[RankedTrack]
    next_cursor: str | None
    changed: Annotated[bool, at("has_changed")]
    personal: Annotated[Personal, at("listener")]
    model: SnapshotVersion
