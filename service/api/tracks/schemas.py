"""``/tracks`` on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.api import examples
from service.api.fields import AudioUrl, Cursor, Id, Limit, Name, Text
from service.api.predict.predictions import PredictionTarget
from service.api.predict.requests import TrackContent
from service.api.predict.schemas import Prediction
from service.api.reply import Reply, at, within
from service.tracks import TrackMetadata


class TrackIn(TrackContent):
    """What a track is made of and called."""

    title: Text | None = None
    artist: Text | None = None
    audio_url: AudioUrl | None = None

    @property
    def track_metadata(self) -> TrackMetadata:
        """What the track is called, and where it can be heard."""
        return TrackMetadata(self.title, self.artist, self.audio_url)


class TrackQuery(BaseModel):
    """For whom to show a track; goes into the query string."""

    model_config = ConfigDict(extra="forbid")

    user_id: Annotated[Id | None, Field(examples=[examples.USER_ID])] = None
    fusion: Annotated[Name | None, Field(examples=[examples.FUSION])] = None

    def to_domain(self) -> PredictionTarget:
        """Return for whom to predict, and how."""
        return PredictionTarget(self.user_id, self.fusion)


class PageIn(BaseModel):
    """Which part of a list to show; goes into the query string."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[Limit, Field(examples=[5])] = 50
    cursor: Annotated[Cursor, Field(examples=[examples.CURSOR])] = None


class Track(Reply):
    """A registered track.

    `audio_url` is what a browser can play: an address here that is good for some hours, if the
    audio is kept, else what was registered. `prediction` is null if the track was registered with
    other features than the model reads; registering it again mends that.
    """

    model_config = within("record")

    track_id: str
    title: Annotated[str | None, at("record", "track_metadata", "title")]
    artist: Annotated[str | None, at("record", "track_metadata", "artist")]
    duration_s: float | None
    has_audio: Annotated[bool, at("record", "content", "has_audio")]
    has_lyrics: Annotated[bool, at("record", "content", "has_lyrics")]
    audio_url: Annotated[str | None, at("audio_url")]
    created_at: datetime
    prediction: Annotated[Prediction | None, at("prediction")]


class TrackPage(Reply):
    """Tracks in the order of their ids; `next_cursor` is null on the last page."""

    tracks: list[Track]
    next_cursor: str | None
