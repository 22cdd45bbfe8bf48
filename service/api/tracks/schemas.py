"""Wire types of ``/tracks``."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field
from pydantic.config import JsonDict

from service.api.examples import LYRICS, NAMES, TRACK_ID, USER_ID, Examples
from service.api.fields import AudioUrl, Cursor, Id, Limit, Name, Search, Text
from service.api.predict.predictions import PredictionTarget
from service.api.predict.requests import TrackContent
from service.api.predict.schemas import PREDICTION_EXAMPLE, Prediction
from service.api.reply import Reply, at, within
from service.tracks import TrackMetadata

CURSOR = "ZGVtby1iYXR0bGUtdGhlbWU"
"""Example of a cursor of `GET /tracks`: the page that begins after the example's track."""
TICKET = "493240.k3Jx0-Vb8m2QfA7cRzYtWgK1nH4sLpE9uDoXiC6vZyM"
"""Example of the query parameter of a signed URL."""


class TrackIn(TrackContent):
    """The content and the metadata of a track, or metadata alone of a registered one."""

    title: Text | None = None
    artist: Text | None = None
    audio_url: AudioUrl | None = None

    @property
    def track_metadata(self) -> TrackMetadata:
        """The title, the artist and the URL of the audio."""
        return TrackMetadata(self.title, self.artist, self.audio_url)

    @property
    def metadata_changes(self) -> dict[str, str | None]:
        """The fields of the metadata that were sent; null clears one."""
        sent = asdict(self.track_metadata)
        return {name: text for name, text in sent.items() if name in self.model_fields_set}


class TrackQuery(BaseModel):
    """The user and the fusion of a track's prediction, from the query string."""

    user_id: Annotated[Id | None, Field(examples=[USER_ID])] = None
    fusion: Annotated[Name | None, Field(examples=["average"])] = None

    def to_domain(self) -> PredictionTarget:
        """Return the user and the fusion."""
        return PredictionTarget(self.user_id, self.fusion)


class PageIn(BaseModel):
    """The part of a list to show, from the query string."""

    limit: Annotated[Limit, Field(examples=[5])] = 50
    cursor: Annotated[Cursor, Field(examples=[CURSOR])] = None
    search: Annotated[Search | None, Field(examples=["attune bat"])] = None


class Track(Reply):
    """A registered track.

    `audio_url` is an address that a browser can play: one of this service, valid for some hours,
    if the audio is stored, else the registered URL. `prediction` is null if the track holds
    features that the model does not read; registering it again solves that. It is null, too, in
    the reply to a registration that another call deleted meanwhile.
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


_REGISTRATION: JsonDict = {"lyrics": LYRICS, **NAMES}
_TRACK: JsonDict = {
    "track_id": TRACK_ID,
    **NAMES,
    "duration_s": 92.4,
    "has_audio": True,
    "has_lyrics": True,
    "audio_url": f"/tracks/{TRACK_ID}/audio?ticket={TICKET}",
    "created_at": "2026-04-01T12:00:00Z",
    "prediction": {**PREDICTION_EXAMPLE, "personal": None},
}
EXAMPLES: Examples = {
    "TrackIn": [_REGISTRATION],
    "TrackForm": [_REGISTRATION],
    "Track": [_TRACK],
    "TrackPage": [{"tracks": [_TRACK], "next_cursor": CURSOR}],
}
