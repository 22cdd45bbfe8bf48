"""Request types of ``/predict`` and ``/predict_batch``, and the upload that ``/tracks`` shares."""

from collections.abc import Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import Annotated, BinaryIO, ClassVar, Self, cast

from pydantic import Field, InstanceOf, model_validator
from pydantic.json_schema import SkipJsonSchema

from models.emotion import Modality
from models.lyrics.encodings import MAX_BYTES
from models.lyrics.text import LyricsText, read_lyrics, tidy_lyrics
from service.api.examples import LYRICS, TRACK_ID, USER_ID, Examples
from service.api.fields import MAX_BATCH, Embedding, Id, Lyrics, Name, PlainLyrics
from service.api.predict.predictions import PredictionTarget, Upload
from service.http.body import FORM, JSON, Body
from service.http.concurrency import Cost
from service.http.multipart import Upload as File

FEW = 100
"""Registered tracks of a batch that is a quick call."""

# Absent from the schema of the JSON body; service.api.openapi adds it to that of the form.
Audio = SkipJsonSchema[InstanceOf[File] | None]


class _Embeddings(Body):
    audio_embedding: Embedding | None = None
    lyrics_embedding: Embedding | None = None

    @property
    def _embeddings(self) -> dict[Modality, Sequence[float]]:
        both = {Modality.AUDIO: self.audio_embedding, Modality.LYRICS: self.lyrics_embedding}
        return {modality: numbers for modality, numbers in both.items() if numbers is not None}


class _AudioAndLyrics(Body):
    audio: Audio = None
    lyrics: Lyrics | None = None


class TrackContent(_Embeddings, _AudioAndLyrics):  # fields of the last base come first
    """The content of a track: audio and lyrics, each itself or as an embedding."""

    media_types: ClassVar[tuple[str, ...]] = (JSON, FORM)

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        for name in Modality:
            if getattr(self, name) is not None and name in self._embeddings:
                raise ValueError(f"{name}_embedding replaces {name}; send only one of them.")
        return self

    def cost(self, highest: Cost) -> Cost:
        """Return the cost: embeddings, metadata and registered tracks are quick."""
        if self.audio is not None:
            return highest
        return Cost.QUICK if self.lyrics is None else Cost.BULK

    @property
    def upload(self) -> Upload:
        """The content of the track."""
        words = _words(self.lyrics)
        return Upload.of(words, cast("BinaryIO | None", self.audio), self._embeddings)


class PredictIn(TrackContent):
    """A track: audio, lyrics or both, each itself or as an embedding; or a registered track."""

    track_id: Id | None = None
    user_id: Id | None = None
    fusion: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sent = (self.audio, self.lyrics, self.audio_embedding, self.lyrics_embedding)
        if self.track_id is not None and any(part is not None for part in sent):
            raise ValueError(
                "A track_id names a registered track; audio, lyrics and embeddings cannot come "
                "with it."
            )
        return self

    @property
    def target(self) -> PredictionTarget:
        """The user and the fusion."""
        return PredictionTarget(self.user_id, self.fusion)


class EmbeddingsIn(_Embeddings):
    """Embeddings of a track's audio, lyrics or both."""

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not self._embeddings:
            raise ValueError("At least one of audio_embedding and lyrics_embedding is needed.")
        return self

    @property
    def upload(self) -> Upload:
        """The content of the track."""
        return Upload(embeddings=self._embeddings)


class PredictBatchIn(Body):
    """Many tracks: ids of registered tracks, lyrics, or embeddings."""

    track_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_BATCH)] | None = None
    lyrics: Annotated[list[PlainLyrics], Field(min_length=1, max_length=MAX_BATCH)] | None = None
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

    def cost(self, highest: Cost) -> Cost:
        """Return the cost: few registered tracks are quick."""
        is_quick = self.track_ids is not None and len(self.track_ids) <= FEW
        return Cost.QUICK if is_quick else highest

    @property
    def uploads(self) -> Iterator[Upload]:
        """The uploaded tracks; none if the request names registered tracks."""
        for text in self.lyrics or []:
            yield Upload.of(tidy_lyrics(text))
        for entry in self.embeddings or []:
            yield entry.upload

    @property
    def target(self) -> PredictionTarget:
        """The user and the fusion."""
        return PredictionTarget(self.user_id, self.fusion)


def _words(sent: str | File | None) -> LyricsText | None:
    """Return the words of a text or a file; the bytes of a file are in any encoding."""
    if isinstance(sent, SpooledTemporaryFile):
        return read_lyrics(sent.read(MAX_BYTES + 1))
    return None if sent is None else tidy_lyrics(sent)


EXAMPLES: Examples = {
    "PredictIn": [
        {"lyrics": LYRICS, "user_id": USER_ID},
        {"track_id": TRACK_ID, "user_id": USER_ID},
    ],
    "PredictForm": [{"lyrics": LYRICS, "user_id": USER_ID}],
    "PredictBatchIn": [
        {"track_ids": [TRACK_ID], "user_id": USER_ID},
        {"lyrics": [LYRICS, "Sleep now, the sea is still"]},
    ],
}
