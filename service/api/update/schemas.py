"""Wire types of labels: sent to ``/update``, exported, and imported."""

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from models.emotion import QUADRANTS, Quadrant, quadrant_of
from service.api.examples import ANSWER, PERSONAL, TRACK_ID, USER_ID, Examples
from service.api.fields import (
    MAX_BATCH,
    MAX_LINES,
    CallKey,
    Coordinate,
    Id,
    QuadrantName,
    Rating,
    StrategyName,
    Timestamp,
    VoteSum,
)
from service.api.reply import Personal, Reply, at, within
from service.http.body import JSON, NDJSON, Body
from service.http.errors import FieldError, InvalidRequestError
from service.http.validation_errors import MAX_ERRORS
from service.labels import (
    CIRCUMSTANCES,
    DatedLabel,
    Emotion,
    Label,
    QuadrantVotes,
    RepeatableCall,
    call_of,
    event_id_of,
)

EmotionField = Annotated[
    Emotion | None, Field(description="The emotion asked for: the music's, or the listener's own.")
]
Liking = Annotated[Rating | None, Field(description="From 1, not at all, to 5, very much.")]
Familiarity = Annotated[Rating | None, Field(description="From 1, never heard, to 5, well known.")]
StrategyField = Annotated[
    StrategyName | None,
    Field(description="The strategy that chose the track, as `/query` returned it."),
]
Drawn = Annotated[bool, Field(description="As `/query` returned it for the track.")]
Undecided = Annotated[
    bool, Field(description="The user cannot tell; queries do not return the track again.")
]

WithEffect = Annotated[
    bool,
    Field(
        description="Report what the labels changed: the service computes the likeliest quadrants "
        "of up to 500 tracks before and after. The call takes longer."
    ),
]

_fields_of_label = attrgetter(*Label.__slots__)


class _LabelFields(Body):
    """The label of a track and its circumstances."""

    event_id: Id | None = None
    track_id: Id
    quadrant: QuadrantName = None
    valence: Coordinate | None = None
    arousal: Coordinate | None = None
    cant_tell: Undecided = False
    retracted: bool = False
    emotion: EmotionField = None
    liking: Liking = None
    familiarity: Familiarity = None
    strategy: StrategyField = None
    is_random: Drawn = False
    is_repeat: Drawn = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.valence is None) != (self.arousal is None):
            raise ValueError("A point needs both valence and arousal.")
        present = [name for name in CIRCUMSTANCES if getattr(self, name)]
        if self.retracted and present:
            raise ValueError(f"A retraction has no {', '.join(present)}.")
        return self

    def to_label(self, event_id: str) -> Label:
        """Return the domain label with this event id."""
        _, track_id, quadrant, *rest = _fields_of_label(self)
        if self.valence is not None and self.arousal is not None:
            quadrant = quadrant_of(self.valence, self.arousal)
        return Label(event_id, track_id, quadrant, *rest)


class LabelIn(_LabelFields):
    """One label: exactly one of a quadrant, a point, `cant_tell: true` and `retracted: true`.

    `event_id` is required unless the call has an `Idempotency-Key`; the service then derives it
    from the key and from the label's position in the call. The circumstances of the answer are
    stored; the models do not learn from them.
    """

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        answers = [
            self.quadrant is not None,
            self.valence is not None,
            self.cant_tell,
            self.retracted,
        ]
        if answers.count(True) != 1:
            raise ValueError(
                "A label is exactly one of quadrant, valence with arousal, cant_tell: true, and "
                "retracted: true."
            )
        return self


class UpdateIn(Body):
    """A user's labels, recorded all or none."""

    headers: ClassVar[Mapping[str, Any]] = {"Idempotency-Key": CallKey}

    user_id: Id
    labels: Annotated[list[LabelIn], Field(min_length=1, max_length=MAX_BATCH)]
    effect: WithEffect = False
    # Absent from the schema of the body; service.api.openapi describes it as a header parameter.
    key: Annotated[SkipJsonSchema[CallKey | None], Field(alias="Idempotency-Key")] = None

    @model_validator(mode="after")
    def _identified(self) -> Self:
        places = [i for i, label in enumerate(self.labels) if label.event_id is None]
        if places and self.key is None:
            rule = "only a call with an Idempotency-Key may omit it"
            paths = [f"labels[{place}].event_id" for place in places[:MAX_ERRORS]]
            errors = [FieldError(path, f"{path} is missing; {rule}.") for path in paths]
            raise InvalidRequestError(errors, n_errors=len(places))
        return self

    def to_domain(self) -> list[Label]:
        """Return the domain labels."""
        given = {label.event_id for label in self.labels}
        return [
            label.to_label(label.event_id or event_id_of(self.key or "", place, given))
            for place, label in enumerate(self.labels)
        ]

    @property
    def call(self) -> RepeatableCall | None:
        """The identity of this call, or None without a key."""
        return None if self.key is None else call_of(self.key, self.to_domain())


class VotesIn(Body):
    """Sums of votes by quadrant; an answer is one vote, split among quadrants near an axis."""

    Q1: VoteSum
    Q2: VoteSum
    Q3: VoteSum
    Q4: VoteSum

    def to_domain(self) -> QuadrantVotes:
        """Return the sums in the order of the quadrants."""
        return self.Q1, self.Q2, self.Q3, self.Q4


class LabelLine(_LabelFields):
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

    model_config = ConfigDict(extra="forbid")

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


class EffectMove(Reply):
    """Number of tracks whose likeliest quadrant moved from one to another."""

    from_: Annotated[Quadrant, Field(validation_alias="before", serialization_alias="from")]
    to: Annotated[Quadrant, at("after")]
    n: int


class MovedTrack(Reply):
    """A track whose likeliest quadrant changed."""

    track_id: str
    title: Annotated[str | None, at("track_metadata", "title")]
    artist: Annotated[str | None, at("track_metadata", "artist")]
    from_: Annotated[Quadrant, Field(validation_alias="before", serialization_alias="from")]
    to: Annotated[Quadrant, at("after")]


class UpdateEffect(Reply):
    """What the labels of one call changed for their user.

    The service predicts a fixed sample of the catalogue (at most 500 tracks, without those just
    labelled) for this user, without and with the call's labels. Other users' labels are the same
    both times. `n_moved` of the `n_tracks` have another likeliest quadrant now. `moves` counts
    them, the most frequent first; `tracks` holds at most three of them.
    """

    n_tracks: int
    n_moved: int
    moves: list[EffectMove]
    tracks: list[MovedTrack]


class UpdateOut(Reply):
    """The result of recording labels.

    `accepted` labels were new, `duplicates` were recorded before; `n_labels` counts the tracks
    that the user has labelled now. `effect` is null if the call does not request it or records
    nothing new.
    """

    accepted: int
    duplicates: int
    n_labels: Annotated[int, at("listener", "n_labels")]
    personal: Annotated[Personal, at("listener")]
    effect: UpdateEffect | None


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


_LABEL: JsonDict = {
    "event_id": "ana-1",
    "track_id": TRACK_ID,
    "valence": -0.4,
    "arousal": 0.8,
    "emotion": "perceived",
    "liking": 4,
    "strategy": "diverse",
}
_CALL: JsonDict = {"user_id": USER_ID, "labels": [_LABEL]}
_LOGGED: JsonDict = {
    **ANSWER,
    "cant_tell": False,
    "retracted": False,
    "emotion": "perceived",
    "strategy": "diverse",
    "is_random": False,
    "is_repeat": False,
}
_MOVE: JsonDict = {"from": "Q1", "to": "Q2"}
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
    "UpdateIn": [_CALL, {**_CALL, "effect": True}],
    "LabelIn": [_LABEL],
    "LabelLine": _LINES,
    "LabelLines": [{"lines": [*_LINES]}],
    "UpdateOut": [
        {
            "accepted": 1,
            "duplicates": 0,
            "n_labels": 1,
            "personal": PERSONAL,
            "effect": {
                "n_tracks": 27,
                "n_moved": 1,
                "moves": [{**_MOVE, "n": 1}],
                "tracks": [
                    {
                        "track_id": "demo-market-day",
                        "title": "Market Day",
                        "artist": "Attune",
                        **_MOVE,
                    }
                ],
            },
        }
    ],
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
