"""``/tracks``: register, show, list and delete tracks."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from service.api.examples import TRACK_ID
from service.api.fields import Id
from service.api.tracks import catalogue
from service.api.tracks.schemas import PageIn, Track, TrackIn, TrackPage, TrackQuery
from service.auth.api_keys import ADMIN, PREDICT
from service.http.concurrency import Cost
from service.http.policy import policy, reply
from service.http.runtime import Runtime

router = APIRouter(tags=["tracks"])

TrackId = Annotated[Id, Path(examples=[TRACK_ID])]


@router.put(
    "/tracks/{track_id}",
    response_model=Track,
    responses={200: {"description": "Replaced."}, 201: {"description": "New.", "model": Track}},
)
@policy(ADMIN, Cost.AUDIO)
def put_track(track_id: TrackId, body: TrackIn, runtime: Runtime) -> Response:
    """Register a track, or replace the track with its id.

    Repeating the call changes nothing. A track with labels keeps its content: what is heard in the
    audio and read in the lyrics, whatever tags the file has. Title, artist and `audio_url` can
    always change. Without audio, lyrics and embeddings, only those that are sent change, and null
    clears one; with content, a field that is missing is cleared.
    """
    resources = runtime.resources_for(None)
    result = catalogue.put_track(
        track_id,
        catalogue.Registration(body.upload, body.track_metadata, body.metadata_changes),
        archive=catalogue.Archive.of(resources),
        extractor=resources.extractor,
        listeners=resources.listeners,
    )
    return reply(Track.model_validate(result.view), 201 if result.is_new else 200)


@router.get("/tracks/{track_id}")
@policy(PREDICT)
def get_track(
    track_id: TrackId, target: Annotated[TrackQuery, Query()], runtime: Runtime
) -> Track:
    """Show a track and its prediction."""
    resources = runtime.resources_for(target.user_id)
    view = catalogue.show_track(
        track_id,
        target.to_domain(),
        archive=catalogue.Archive.of(resources),
        listeners=resources.listeners,
    )
    return Track.model_validate(view)


@router.delete("/tracks/{track_id}", status_code=204)
@policy(ADMIN)
def delete_track(track_id: TrackId, runtime: Runtime) -> None:
    """Delete a track; its labels stay."""
    resources = runtime.resources_for(None)
    catalogue.delete_track(track_id, archive=catalogue.Archive.of(resources))


@router.get("/tracks")
@policy(PREDICT)
def list_tracks(target: Annotated[PageIn, Query()], runtime: Runtime) -> TrackPage:
    """List tracks by id, with predictions of the population model without segments.

    With `search`, only those are listed whose title and artist together have all its words. A page
    may then hold fewer than `limit` tracks, and even none, although more follow: the list ends
    where `next_cursor` is null.
    """
    resources = runtime.resources_for(None)
    page = catalogue.list_tracks(
        target.cursor,
        target.limit,
        target.search,
        archive=catalogue.Archive.of(resources),
        listeners=resources.listeners,
    )
    return TrackPage.model_validate(page)
