"""Wire types of ``/query``."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from models.query import EPSILON, PERSONAL, PLAIN, SCORERS
from service.api.examples import MODEL, TRACK_ID, USER_ID, Examples
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
        description=f"{_listed(PLAIN)}. `balanced-` before {_listed(SCORERS)} prefers quadrants "
        "that the user has answered rarely. `eps-` before any but `rand` gives each place with "
        f"probability {EPSILON} to a track drawn at random. {_listed(PERSONAL)} need the "
        f"personaliser `logistic`. The default is `{DEFAULT_LOGISTIC}` under that personaliser "
        f"and `{DEFAULT}` under any other."
    ),
]
RepeatShare = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        description="Each place goes with this probability to a track that the user labelled "
        f"{N_BETWEEN} labels ago or earlier and that was not repeated since, if there is one. "
        "Repeats measure the user's consistency.",
    ),
]
Playable = Annotated[
    bool,
    Field(
        description="Choose only tracks that can be played: with stored audio or an `audio_url`. "
        "The call takes longer if few tracks can be played."
    ),
]


class QueryIn(Body):
    """The user to ask, the number of tracks, and how to choose them."""

    user_id: Id
    n: Annotated[int, Field(ge=1, le=1_000)] = 10
    strategy: Strategy | None = None
    exclude: Annotated[list[Id], Field(max_length=MAX_EXCLUDED, default_factory=list)]
    repeat_share: RepeatShare = 0.0
    playable: Playable = False

    def to_domain(self) -> QueryRequest:
        """Return the request of the use case."""
        return QueryRequest(
            self.user_id,
            self.n,
            self.strategy,
            frozenset(self.exclude),
            repeat_share=self.repeat_share,
            playable_only=self.playable,
        )


class AskedTrack(Reply):
    """A track to ask about; a higher score means more informative.

    `is_random` tracks were drawn uniformly from the remaining tracks; those drawn by a mixture
    have score 0. `propensity` is the probability that the place went to this track, given the
    places before it; it is null for strategies without randomness and with `playable`. A track
    that `is_repeat` was labelled before; its score is 0.
    """

    track_id: str
    score: float
    is_random: bool
    propensity: Probability | None
    is_repeat: bool


class QueryOut(Reply):
    """The tracks to ask about, the most informative first."""

    tracks: list[AskedTrack]
    strategy: str
    model: SnapshotVersion


EXAMPLES: Examples = {
    "QueryIn": [{"user_id": USER_ID, "n": 5}],
    "QueryOut": [
        {
            "tracks": [
                {
                    "track_id": TRACK_ID,
                    "score": 0.71,
                    "is_random": False,
                    "propensity": None,
                    "is_repeat": False,
                }
            ],
            "strategy": "diverse",
            "model": MODEL,
        }
    ],
}
