"""What clients send."""

from collections.abc import Iterable, Sequence
from typing import Annotated, BinaryIO, ClassVar, Self, cast

from pydantic import BaseModel, ConfigDict, Field, InstanceOf, model_validator
from pydantic.json_schema import SkipJsonSchema

from models.emotion import Modality, Quadrant
from models.query import EPSILON, PERSONAL, PLAIN, SCORERS
from models.ranking import Point, Target
from service.http.body import FORM, JSON, Body
from service.http.form import Upload as File
from service.predict import Asked, Upload
from service.query import DEFAULT, DEFAULT_LOGISTIC, Ask
from service.rank import Order
from service.repeats import N_BETWEEN
from service.schemas import examples
from service.schemas.fields import (
    MAX_BATCH,
    MAX_CURSOR,
    MAX_EXCLUDED,
    MAX_PAGE,
    AudioUrl,
    Coordinate,
    Embedding,
    Id,
    Lyrics,
    Name,
    QuadrantName,
    Text,
)
from service.tracks import Heading


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
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE, description="At most this many.")]
Cursor = Annotated[
    str | None, Field(max_length=MAX_CURSOR, description="`next_cursor` of the page before.")
]
Audio = Annotated[
    # Left out of the schema of the JSON body; service.api.openapi adds it to that of the form.
    SkipJsonSchema[InstanceOf[File] | None],
    Field(description="A file: wav, flac, ogg (Vorbis, Opus), mp3, m4a or aac."),
]


class _Embedded(Body):
    audio_embedding: Embedding | None = None
    lyrics_embedding: Embedding | None = None

    @property
    def _embeddings(self) -> dict[Modality, Sequence[float]]:
        both = {Modality.AUDIO: self.audio_embedding, Modality.LYRICS: self.lyrics_embedding}
        return {modality: numbers for modality, numbers in both.items() if numbers is not None}


class _Itself(Body):
    audio: Audio = None
    lyrics: Lyrics | None = None


class _TrackContent(_Embedded, _Itself):  # fields of the last base come first
    """What was sent of a track: of audio and of lyrics, each itself or an embedding of it."""

    media_types: ClassVar[tuple[str, ...]] = (JSON, FORM)

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        for name in Modality:
            if getattr(self, name) is not None and name in self._embeddings:
                raise ValueError(f"{name}_embedding stands for {name}, which cannot come with it.")
        return self

    @property
    def upload(self) -> Upload:
        """What the track is made of."""
        return Upload(cast("BinaryIO | None", self.audio), self.lyrics, self._embeddings)


class PredictIn(_TrackContent):
    """A track: audio and lyrics, or one of them, each itself or embedded; or a registered one."""

    track_id: Id | None = None
    user_id: Id | None = None
    fusion: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sent = (self.audio, self.lyrics, self.audio_embedding, self.lyrics_embedding)
        if self.track_id is not None and any(part is not None for part in sent):
            raise ValueError(
                "A track_id stands for a registered track; audio, lyrics and embeddings cannot "
                "come with it."
            )
        return self

    @property
    def asked(self) -> Asked:
        """For whom to predict, and how."""
        return Asked(self.user_id, self.fusion)


class EmbeddingsIn(_Embedded):
    """Embeddings of a track's audio and lyrics, or of one of them."""

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not self._embeddings:
            raise ValueError("At least one of audio_embedding and lyrics_embedding is needed.")
        return self

    @property
    def upload(self) -> Upload:
        """What the track is made of."""
        return Upload(embeddings=self._embeddings)


class PredictBatchIn(Body):
    """Many tracks: ids of registered ones, lyrics, or embeddings."""

    track_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_BATCH)] | None = None
    lyrics: Annotated[list[Lyrics], Field(min_length=1, max_length=MAX_BATCH)] | None = None
    embeddings: Annotated[list[EmbeddingsIn], Field(min_length=1, max_length=MAX_BATCH)] | None = (
        None
    )
    user_id: Id | None = None
    fusion: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = (self.track_ids, self.lyrics, self.embeddings)
        if sum(source is not None for source in sources) != 1:
            raise ValueError("Exactly one of track_ids, lyrics and embeddings is needed.")
        return self

    @property
    def uploads(self) -> list[Upload]:
        """What was sent along; nothing where registered tracks are named."""
        texts = [Upload(lyrics=text) for text in self.lyrics or []]
        return texts or [entry.upload for entry in self.embeddings or []]

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
    repeat_share: RepeatShare = 0.0
    playable: Playable = False

    def to_domain(self) -> Ask:
        """Return the question as the use case takes it."""
        return Ask(
            self.user_id,
            self.n,
            self.strategy,
            frozenset(self.exclude),
            repeat_share=self.repeat_share,
            is_heard=self.playable,
        )


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


class TrackIn(_TrackContent):
    """What a track is made of and called."""

    title: Text | None = None
    artist: Text | None = None
    audio_url: AudioUrl | None = None

    @property
    def heading(self) -> Heading:
        """What the track is called, and where it can be heard."""
        return Heading(self.title, self.artist, self.audio_url)


class TrackQuery(BaseModel):
    """For whom to show a track; goes into the query string."""

    model_config = ConfigDict(extra="forbid")

    user_id: Annotated[Id | None, Field(examples=[examples.USER_ID])] = None
    fusion: Annotated[Name | None, Field(examples=[examples.FUSION])] = None

    def to_domain(self) -> Asked:
        """Return for whom to predict, and how."""
        return Asked(self.user_id, self.fusion)


class PageIn(BaseModel):
    """Which part of a list to show; goes into the query string."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[Limit, Field(examples=[5])] = 50
    cursor: Annotated[Cursor, Field(examples=[examples.CURSOR])] = None
