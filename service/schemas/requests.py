"""What clients send."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Annotated, Any, BinaryIO, ClassVar, Self, cast

from pydantic import BaseModel, ConfigDict, Field, InstanceOf, model_validator
from pydantic.json_schema import SkipJsonSchema

from models.emotion import Quadrant
from models.query import EPSILON, GAUSSIAN, PLAIN, SCORERS
from models.ranking import Point, Target
from service.errors import FieldError, InvalidRequestError
from service.labels import call_of, event_id_of
from service.ports import DatedLabel, Heading, Label, RepeatableCall
from service.predict import Asked, Upload
from service.query import DEFAULT, DEFAULT_GAUSSIAN, Ask
from service.rank import Order
from service.schemas.fields import (
    MAX_BATCH,
    MAX_CURSOR,
    MAX_EXCLUDED,
    MAX_PAGE,
    CallKey,
    Coordinate,
    Id,
    Lyrics,
    Moment,
    Name,
    QuadrantName,
    Text,
)
from service.transport.body import FORM, JSON, NDJSON, Body
from service.transport.faults import MAX_ERRORS
from service.transport.form import Upload as File


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


Strategy = Annotated[
    Name,
    Field(
        description=f"{_listed(PLAIN)}. `balanced-` before {_listed(SCORERS)} asks more about "
        "quadrants of which the user has answered few. `eps-` before any but `rand` gives each "
        f"place with probability {EPSILON} to a track drawn at random. {_listed(GAUSSIAN)} need "
        f"the personaliser `gaussian`. Without a strategy it is `{DEFAULT_GAUSSIAN}` under that "
        f"personaliser and `{DEFAULT}` under any other."
    ),
]
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE, description="At most this many.")]
Cursor = Annotated[
    str | None, Field(max_length=MAX_CURSOR, description="`next_cursor` of the page before.")
]
Audio = Annotated[
    # Left out of the schema of the JSON body; service.contract adds it to that of the form.
    SkipJsonSchema[InstanceOf[File] | None],
    Field(description="A file: wav, flac, ogg (Vorbis, Opus), mp3, m4a or aac."),
]


class PredictIn(Body):
    """A track: a file and lyrics, one of them, or the id of one that is registered."""

    media_types: ClassVar[tuple[str, ...]] = (JSON, FORM)

    audio: Audio = None
    track_id: Id | None = None
    lyrics: Lyrics | None = None
    user_id: Id | None = None
    fusion: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.track_id is not None and (self.audio is not None or self.lyrics is not None):
            raise ValueError(
                "A track_id stands for a registered track; audio and lyrics cannot come with it."
            )
        return self

    @property
    def asked(self) -> Asked:
        """For whom to predict, and how."""
        return Asked(self.user_id, self.fusion)

    @property
    def upload(self) -> Upload:
        """What was sent along."""
        return Upload(cast("BinaryIO | None", self.audio), self.lyrics)


class PredictBatchIn(Body):
    """Many tracks: ids of registered ones, or lyrics."""

    track_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_BATCH)] | None = None
    lyrics: Annotated[list[Lyrics], Field(min_length=1, max_length=MAX_BATCH)] | None = None
    user_id: Id | None = None
    fusion: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.track_ids is None) == (self.lyrics is None):
            raise ValueError("Exactly one of track_ids and lyrics is needed.")
        return self

    @property
    def asked(self) -> Asked:
        """For whom to predict, and how."""
        return Asked(self.user_id, self.fusion)


class QueryIn(Body):
    """Whom to ask, about how many tracks, and how these are chosen."""

    user_id: Id
    n: Annotated[int, Field(ge=1, le=1_000)] = 10
    strategy: Strategy | None = None
    exclude: Annotated[list[Id], Field(max_length=MAX_EXCLUDED, default_factory=list)]

    def to_domain(self) -> Ask:
        """Return the question as the use case takes it."""
        return Ask(self.user_id, self.n, self.strategy, frozenset(self.exclude))


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


class LabelIn(Body):
    """One answer: exactly one of a quadrant, a point, or `retracted: true`.

    `event_id` is needed unless the call has an `Idempotency-Key`; it then follows from the key
    and from the label's place in the call.
    """

    event_id: Id | None = None
    track_id: Id
    quadrant: QuadrantName | None = None
    valence: Coordinate | None = None
    arousal: Coordinate | None = None
    retracted: bool = False

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if (self.valence is None) != (self.arousal is None):
            raise ValueError("A point needs both valence and arousal.")
        answers = [self.quadrant is not None, self.valence is not None, self.retracted]
        if answers.count(True) != 1:
            raise ValueError(
                "A label is exactly one of quadrant, valence with arousal, and retracted: true."
            )
        return self

    def to_domain(self, event_id: str) -> Label:
        """Return the label as the log takes it, under this event id."""
        if self.retracted:
            return Label.retraction(event_id, self.track_id)
        if self.valence is not None and self.arousal is not None:
            return Label.at_point(event_id, self.track_id, self.valence, self.arousal)
        return Label(event_id, self.track_id, self.quadrant)


class UpdateIn(Body):
    """A user's answers, recorded all or none."""

    headers: ClassVar[Mapping[str, Any]] = {"Idempotency-Key": CallKey}

    user_id: Id
    labels: Annotated[list[LabelIn], Field(min_length=1, max_length=MAX_BATCH)]
    # Left out of the schema of the body; service.contract makes a parameter of it.
    key: Annotated[SkipJsonSchema[CallKey | None], Field(alias="Idempotency-Key")] = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        places = (i for i, label in enumerate(self.labels) if label.event_id is None)
        nameless = [f"labels[{place}].event_id" for place in islice(places, MAX_ERRORS)]
        if nameless and self.key is None:
            only = "only a call with an Idempotency-Key may leave it out"
            raise InvalidRequestError(
                [FieldError(f, f"{f} is missing; {only}.") for f in nameless]
            )
        return self

    def to_domain(self) -> list[Label]:
        """Return the labels as the log takes them."""
        given = {label.event_id for label in self.labels}
        return [
            label.to_domain(label.event_id or event_id_of(self.key or "", place, given))
            for place, label in enumerate(self.labels)
        ]

    @property
    def call(self) -> RepeatableCall | None:
        """What tells this call from others, if it has a key."""
        return None if self.key is None else call_of(self.key, self.to_domain())


class LabelLine(Body):
    """A line of a log as it is exported; more than one of them may say the same again."""

    media_types: ClassVar[tuple[str, ...]] = (NDJSON,)

    event_id: Id
    track_id: Id
    quadrant: QuadrantName | None = None
    valence: Coordinate | None = None
    arousal: Coordinate | None = None
    retracted: bool = False
    created_at: Moment

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if (self.valence is None) != (self.arousal is None):
            raise ValueError("A point needs both valence and arousal.")
        if self.retracted == (self.quadrant is not None or self.valence is not None):
            raise ValueError("A line is either an answer or retracted: true.")
        if self.quadrant not in {None, self.to_domain().label.quadrant}:
            raise ValueError("The point lies in another quadrant.")
        return self

    def to_domain(self) -> DatedLabel:
        """Return the line as the log takes it."""
        label = Label(self.event_id, self.track_id, self.quadrant)
        if self.valence is not None and self.arousal is not None:
            label = Label.at_point(self.event_id, self.track_id, self.valence, self.arousal)
        return DatedLabel(label, self.created_at)


class TrackIn(Body):
    """What a track is made of and called."""

    media_types: ClassVar[tuple[str, ...]] = (JSON, FORM)

    audio: Audio = None
    lyrics: Lyrics | None = None
    title: Text | None = None
    artist: Text | None = None

    @property
    def upload(self) -> Upload:
        """What the track is made of."""
        return Upload(cast("BinaryIO | None", self.audio), self.lyrics)

    @property
    def heading(self) -> Heading:
        """What the track is called."""
        return Heading(self.title, self.artist)


class TrackQuery(BaseModel):
    """For whom to show a track; goes into the query string."""

    model_config = ConfigDict(extra="forbid")

    user_id: Id | None = None
    fusion: Name | None = None

    def to_domain(self) -> Asked:
        """Return for whom to predict, and how."""
        return Asked(self.user_id, self.fusion)


class PageIn(BaseModel):
    """Which part of a list to show; goes into the query string."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 50
    cursor: Cursor = None
