"""Wire types of ``/update``, and the fields of a label."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from models.emotion import Quadrant, quadrant_of
from service.api.examples import PERSONAL, TRACK_ID, USER_ID, Examples
from service.api.fields import (
    MAX_BATCH,
    CallKey,
    Coordinate,
    Id,
    QuadrantName,
    Rating,
    StrategyName,
)
from service.api.reply import Personal, Reply, at
from service.http.body import Body
from service.http.errors import FieldError, InvalidRequestError
from service.http.validation_errors import MAX_ERRORS
from service.labels import (
    CIRCUMSTANCES,
    Emotion,
    Label,
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


class LabelFields(Body):
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


class LabelIn(LabelFields):
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
_MOVE: JsonDict = {"from": "Q1", "to": "Q2"}
EXAMPLES: Examples = {
    "UpdateIn": [_CALL, {**_CALL, "effect": True}],
    "LabelIn": [_LABEL],
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
}
