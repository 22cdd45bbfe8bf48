"""FastAPI as anybody would write it: one route does nothing, one looks a track up."""

import os
from datetime import datetime

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import create_engine, text

app = FastAPI()
engine = create_engine(os.environ.get("ATTUNE_DATABASE_URL", "sqlite://"))
LOOK_UP = text(
    "SELECT track_id, title, artist, audio_url, duration_s, created_at, updated_at FROM track"
    " WHERE track_id = :track_id AND NOT is_hidden"
)


class Nothing(BaseModel):
    """An empty object."""


class Track(BaseModel):
    """What a track is called, and when it was registered."""

    track_id: str
    title: str | None
    artist: str | None
    audio_url: str | None
    duration_s: float | None
    created_at: datetime
    updated_at: datetime


@app.get("/readyz")
def readyz() -> Nothing:
    """Do nothing."""
    return Nothing()


@app.post("/empty")
def empty(body: Nothing) -> Nothing:
    """Do nothing."""
    return body


@app.get("/tracks/{track_id}")
def get_track(track_id: str) -> Track:
    """Look a track up by one statement."""
    with engine.connect() as connection:
        row = connection.execute(LOOK_UP, {"track_id": track_id}).mappings().first()
    if row is None:
        raise HTTPException(404)
    return Track.model_validate(row)
