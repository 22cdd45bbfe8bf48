"""Wire types of a user's log, exported and imported."""

from datetime import datetime
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator
from pydantic.config import JsonDict

from models.emotion import QUADRANTS, Quadrant
from service.api.examples import ANSWER, PERSONAL, TRACK_ID, Examples
from service.api.fields import MAX_LINES, Id, Timestamp, VoteSum
from service.api.reply import Reply, at, within
from service.api.update.schemas import LabelFields, UpdateOut
from service.http.body import JSON, NDJSON, Body
from service.labels import DatedLabel, Emotion, QuadrantVotes


class VotesIn(Body):
    """Sums of votes by quadrant; an answer is one vote, split among quadrants near an axis."""

    Q1: VoteSum
    Q2: VoteSum
    Q3: VoteSum
    Q4: VoteSum

    def to_domain(self) -> QuadrantVotes:
        """Return the sums in the order of the quadrants."""
        return self.Q1, self.Q2, self.Q3, self.Q4


class LabelLine(LabelFields):
    """A line of an exported log; lines may repeat.

    `others` holds the votes of other users on the track at the time of the answer. The models
    learn from them together with the answer; the field is absent if there were none. `superseded`
    marks a line that is never the current label of its track.
    """

    media_types: ClassVar[tuple[str, ...]] = (NDJSON, JSON)
    max_lines: ClassVar[int] = MAX_LINES

    event_id: Id
    created_at: Timestamp
    others: VotesIn | None = None
    superseded: bool = False

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        is_answer = self.quadrant is not None or self.valence is not None
        if [is_answer, self.cant_tell, self.retracted].count(True) != 1:
            raise ValueError(
                "A line is exactly one of an answer, cant_tell: true, and retracted: true."
            )
        if self.quadrant not in {None, self.to_label(self.event_id).quadrant}:
            raise ValueError("The point lies in another quadrant.")
        if self.others is not None and not is_answer:
            raise ValueError("Only an answer has votes of others.")
        return self

    def to_domain(self) -> DatedLabel:
        """Return the domain label with its time and votes."""
        others = None if self.others is None else self.others.to_domain()
        label = self.to_label(self.event_id)
        return DatedLabel(label, self.created_at, others, self.superseded)


class ImportIn(BaseModel):
    """How a log is imported, from the query string."""

    replace: Annotated[
        bool,
        Field(
            description="Let a line replace a newer label of its track: the order of the lines "
            "decides, not their times. For moving a whole log to another service.",
            examples=[True],
        ),
    ] = False


def _by_quadrant(votes: QuadrantVotes | None) -> dict[Quadrant, float] | None:
    return None if votes is None else dict(zip(QUADRANTS, votes, strict=True))


class LoggedLabel(Reply):
    """A line of a user's log."""

    model_config = within("label")

    event_id: str
    track_id: str
    quadrant: Quadrant | None
    valence: float | None
    arousal: float | None
    cant_tell: bool
    retracted: Annotated[bool, at("label", "is_retraction")]
    emotion: Emotion | None
    liking: int | None
    familiarity: int | None
    strategy: str | None
    is_random: bool
    is_repeat: bool
    created_at: Annotated[datetime, at("created_at")]
    others: Annotated[
        dict[Quadrant, float] | None,
        at("others"),
        BeforeValidator(_by_quadrant),
        Field(
            exclude_if=lambda votes: votes is None,
            description="Votes of other users on the track at the time of the answer; absent if "
            "there were none. The models learn from both together. An answer is one vote, split "
            "among quadrants near an axis.",
        ),
    ] = None
    superseded: Annotated[
        bool,
        at("is_superseded"),
        Field(
            exclude_if=lambda superseded: not superseded,
            description="True if the track had a newer label when the line was imported, so that "
            "it is not the current one; absent otherwise.",
        ),
    ] = False


class ImportOut(UpdateOut):
    """The result of importing a log.

    `accepted` lines were new, `duplicates` were recorded before; `n_labels` counts the tracks
    that the user has labelled now. Of the new lines, `older` had a newer label of their track: the
    log keeps them, and the newer label stays current. `n_unregistered` tracks of new lines were
    deleted or never registered here; their labels are kept, and `PUT /tracks` accepts the tracks.
    `unregistered` holds the ids of the first hundred in order. `effect` is null.
    """

    older: Annotated[int, at("n_superseded")]
    n_unregistered: int
    unregistered: list[str]


_LOGGED: JsonDict = {
    **ANSWER,
    "cant_tell": False,
    "retracted": False,
    "emotion": "perceived",
    "strategy": "diverse",
    "is_random": False,
    "is_repeat": False,
}
_LINES: list[JsonDict] = [
    {
        "event_id": "ana-earlier-1",
        "track_id": TRACK_ID,
        "cant_tell": True,
        "created_at": "2026-04-07T08:15:00Z",
    },
    {
        "event_id": "ana-earlier-2",
        "track_id": TRACK_ID,
        "quadrant": "Q2",
        "created_at": "2026-04-07T08:16:30Z",
        "others": {"Q1": 0.5, "Q2": 2.5, "Q3": 0.0, "Q4": 0.0},
    },
]
EXAMPLES: Examples = {
    "LabelLine": _LINES,
    "LabelLines": [{"lines": [*_LINES]}],
    "ImportOut": [
        {
            "accepted": 3,
            "duplicates": 0,
            "n_labels": 2,
            "personal": {**PERSONAL, "n_labels": 2},
            "effect": None,
            "older": 1,
            "n_unregistered": 1,
            "unregistered": ["demo-market-day"],
        }
    ],
    "LoggedLabel": [
        {"event_id": "ana-1", **_LOGGED},
        {
            "event_id": "ana-2",
            **_LOGGED,
            "quadrant": "Q1",
            "valence": 0.1,
            "others": {"Q1": 0.25, "Q2": 1.25, "Q3": 0.25, "Q4": 0.25},
        },
    ],
}
