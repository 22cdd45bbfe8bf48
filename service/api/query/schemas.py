"""``/query`` on the wire."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from models.query import EPSILON, PERSONAL, PLAIN, SCORERS
from service.api.fields import MAX_EXCLUDED, Id, Name
from service.api.query.questions import DEFAULT, DEFAULT_LOGISTIC, QueryRequest
from service.api.query.repeats import N_BETWEEN
from service.api.reply import Probability, Reply, SnapshotVersion
from service.http.body import Body


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


Strategy = Annotated[
    Name,
    Field(
        description=f"{_listed(PLAIN)}. `balanced-` before {_listed(SCORERS)} asks more about "
        "quadrants of which the user has answered few. `eps-` before any but `rand` gives each "
        f"place with probability {EPSILON} to a track drawn at random. {_listed(PERSONAL)} need "
        f"the personaliser `logistic`. Without a strategy it is `{DEFAULT_LOGISTIC}` under that "
        f"personaliser and `{DEFAULT}` under any other."
    ),
]
RepeatShare = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        description="Each place goes with this probability to a track that the user answered "
        f"{N_BETWEEN} answers ago or earlier and that was not repeated since, if there is one: so "
        "that it becomes known how far the user agrees with themselves.",
    ),
]
Playable = Annotated[
    bool,
    Field(
        description="Only tracks that can be heard: whose audio is kept, or that have an "
        "`audio_url`. It costs more the fewer of the tracks can be."
    ),
]


class QueryIn(Body):
    """Whom to ask, about how many tracks, and how these are chosen."""

    user_id: Id
    n: Annotated[int, Field(ge=1, le=1_000)] = 10
    strategy: Strategy | None = None
    exclude: Annotated[list[Id], Field(max_length=MAX_EXCLUDED, default_factory=list)]
    repeat_share: RepeatShare = 0.0
    playable: Playable = False

    def to_domain(self) -> QueryRequest:
        """Return the question as the use case takes it."""
        return QueryRequest(
            self.user_id,
            self.n,
            self.strategy,
            frozenset(self.exclude),
            repeat_share=self.repeat_share,
            playable_only=self.playable,
        )


class AskedTrack(Reply):
    """A track worth asking about; a higher score means ask sooner.

    `is_random` tracks were drawn evenly from all that were left; those that a mixture draws have
    score 0. `propensity` is the probability with which the place went to this track, given the
    places before it, and null for a strategy that does not go by lot and where only `playable`
    tracks are asked for. A track that `is_repeat` was answered before; its score is 0.
    """

    track_id: str
    score: float
    is_random: bool
    propensity: Probability | None
    is_repeat: bool


class QueryOut(Reply):
    """The tracks to ask about, the most useful first."""

    tracks: list[AskedTrack]
    strategy: str
    model: SnapshotVersion
