"""Labels on the wire: as they are given, and as a log of them is exported and imported."""

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from models.emotion import QUADRANTS, Quadrant, quadrant_of
from service.api.fields import (
    MAX_BATCH,
    MAX_LINES,
    CallKey,
    Coordinate,
    Id,
    Moment,
    QuadrantName,
    Rating,
    StrategyName,
    VoteSum,
)
from service.api.reply import Personal, Reply, at, within
from service.http.body import NDJSON, Body
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
    Emotion | None, Field(description="Which emotion was asked for: the music's, or one's own.")
]
Liking = Annotated[Rating | None, Field(description="From 1, not at all, to 5, very much.")]
Familiarity = Annotated[Rating | None, Field(description="From 1, never heard, to 5, well known.")]
Asker = Annotated[StrategyName | None, Field(description="Which one asked, as `/query` said.")]
Drawn = Annotated[bool, Field(description="As `/query` said of the track.")]
Undecided = Annotated[
    bool, Field(description="The user cannot tell; the track is not asked again.")
]

WithEffect = Annotated[
    bool,
    Field(
        description="Tell what the answers changed: the likeliest quadrants of up to 500 tracks "
        "are computed before and after. It makes the call slower."
    ),
]

_fields_of_label = attrgetter(*Label.__slots__)


class _Said(Body):
    """What is said of a track, and how that came about."""

    event_id: Id | None = None
    track_id: Id
    quadrant: QuadrantName | None = None
    valence: Coordinate | None = None
    arousal: Coordinate | None = None
    cant_tell: Undecided = False
    retracted: bool = False
    emotion: EmotionField = None
    liking: Liking = None
    familiarity: Familiarity = None
    strategy: Asker = None
    is_random: Drawn = False
    is_repeat: Drawn = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.valence is None) != (self.arousal is None):
            raise ValueError("A point needs both valence and arousal.")
        told = [name for name in CIRCUMSTANCES if getattr(self, name)]
        if self.retracted and told:
            raise ValueError(f"An answer that is taken back has no {', '.join(told)}.")
        return self

    def to_label(self, event_id: str) -> Label:
        """Return the label as the log takes it, under this event id."""
        _, track_id, quadrant, *said = _fields_of_label(self)
        if self.valence is not None and self.arousal is not None:
            quadrant = quadrant_of(self.valence, self.arousal)
        return Label(event_id, track_id, quadrant, *said)


class LabelIn(_Said):
    """One answer: exactly one of a quadrant, a point, `cant_tell: true` and `retracted: true`.

    `event_id` is needed unless the call has an `Idempotency-Key`; it then follows from the key
    and from the label's place in the call. How the answer came about may be told with it, and is
    kept; nothing is learnt from that.
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
    """A user's answers, recorded all or none."""

    headers: ClassVar[Mapping[str, Any]] = {"Idempotency-Key": CallKey}

    user_id: Id
    labels: Annotated[list[LabelIn], Field(min_length=1, max_length=MAX_BATCH)]
    effect: WithEffect = False
    # Left out of the schema of the body; service.api.openapi makes a parameter of it.
    key: Annotated[SkipJsonSchema[CallKey | None], Field(alias="Idempotency-Key")] = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        places = [i for i, label in enumerate(self.labels) if label.event_id is None]
        if places and self.key is None:
            only = "only a call with an Idempotency-Key may leave it out"
            nameless = [f"labels[{place}].event_id" for place in places[:MAX_ERRORS]]
            told = [FieldError(f, f"{f} is missing; {only}.") for f in nameless]
            raise InvalidRequestError(told, n_errors=len(places))
        return self

    def to_domain(self) -> list[Label]:
        """Return the labels as the log takes them."""
        given = {label.event_id for label in self.labels}
        return [
            label.to_label(label.event_id or event_id_of(self.key or "", place, given))
            for place, label in enumerate(self.labels)
        ]

    @property
    def call(self) -> RepeatableCall | None:
        """What tells this call from others, if it has a key."""
        return None if self.key is None else call_of(self.key, self.to_domain())


class VotesIn(Body):
    """Sums of votes for each quadrant; an answer is one vote, split among them near an axis."""

    Q1: VoteSum
    Q2: VoteSum
    Q3: VoteSum
    Q4: VoteSum

    def to_domain(self) -> QuadrantVotes:
        """Return the sums in the order of the quadrants."""
        return self.Q1, self.Q2, self.Q3, self.Q4


class LabelLine(_Said):
    """A line of a log as it is exported; more than one of them may say the same again.

    `others` are the votes of other users on the track when the answer was given. They are learnt
    from with the answer, and left out where there were none.
    """

    media_types: ClassVar[tuple[str, ...]] = (NDJSON,)
    max_lines: ClassVar[int] = MAX_LINES

    event_id: Id
    created_at: Moment
    others: VotesIn | None = None

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
        """Return the line as the log takes it."""
        others = None if self.others is None else self.others.to_domain()
        return DatedLabel(self.to_label(self.event_id), self.created_at, others)


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
            description="Votes of other users on the track when the answer was given, which is "
            "learnt from with them; left out where there were none. An answer is one vote, split "
            "among the quadrants near an axis.",
        ),
    ] = None


class EffectMove(Reply):
    """How many tracks moved from one likeliest quadrant to another."""

    from_: Annotated[Quadrant, Field(validation_alias="before", serialization_alias="from")]
    to: Annotated[Quadrant, at("after")]
    n: int


class MovedTrack(Reply):
    """A track that moved from one likeliest quadrant to another."""

    track_id: str
    title: Annotated[str | None, at("track_metadata", "title")]
    artist: Annotated[str | None, at("track_metadata", "artist")]
    from_: Annotated[Quadrant, Field(validation_alias="before", serialization_alias="from")]
    to: Annotated[Quadrant, at("after")]


class UpdateEffect(Reply):
    """What the answers of one call changed for their user.

    A fixed sample of the catalogue, at most 500 tracks and never those just answered, is predicted
    for this user without the call's answers and with them; other users' answers are the same both
    times. `n_moved` of the `n_tracks` have another likeliest quadrant now. `moves` counts them,
    the most frequent first; `tracks` are at most three of them.
    """

    n_tracks: int
    n_moved: int
    moves: list[EffectMove]
    tracks: list[MovedTrack]


class UpdateOut(Reply):
    """What became of the labels.

    `accepted` were new, `duplicates` had been recorded before; `n_labels` counts the tracks
    that have an answer now. `effect` is null unless the call asked for it, and where it recorded
    nothing new.
    """

    accepted: int
    duplicates: int
    n_labels: Annotated[int, at("listener", "n_labels")]
    personal: Annotated[Personal, at("listener")]
    effect: UpdateEffect | None
