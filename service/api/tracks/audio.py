"""``GET /tracks/{track_id}/audio``: the recording of a track, whole or in ranges."""

import re
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import FileResponse

from models.audio.formats import detect_format
from models.errors import NotAudioError
from service.api.examples import FILE_CONTENT, TRACK_ID
from service.api.fields import Id
from service.api.tracks.catalogue import Archive, Recording, recording_of
from service.api.tracks.schemas import TICKET
from service.auth.api_keys import LABEL, PREDICT
from service.errors import AudioNotKeptError
from service.http.body import BINARY
from service.http.policy import policy
from service.http.runtime import Runtime

_CACHE_CONTROL = "private, max-age=3600"
_CROSS_ORIGIN = {"Cross-Origin-Resource-Policy": "cross-origin"}
_AUDIO = {
    "description": "The recording as it was uploaded.",
    "content": {"audio/*": FILE_CONTENT, BINARY: FILE_CONTENT},
}

router = APIRouter(tags=["tracks"])


@router.head("/tracks/{track_id}/audio", include_in_schema=False)
@router.get(
    "/tracks/{track_id}/audio",
    response_class=Response,
    responses={
        200: _AUDIO,
        206: {**_AUDIO, "description": "The byte range that the header Range requests."},
        304: {"description": "The recording matches the header If-None-Match."},
    },
)
@policy(PREDICT | LABEL)
def get_audio(
    track_id: Annotated[Id, Path(examples=[TRACK_ID])],
    runtime: Runtime,
    ticket: Annotated[
        str | None,
        Query(
            max_length=200,
            examples=[TICKET],
            description="Replaces an API key, because a browser's audio player sends none. "
            "`audio_url` of a track contains a ticket that is valid for some hours.",
        ),
    ] = None,
    if_none_match: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Return a track's recording, if it is stored; the header `Range` selects a part."""
    resources = runtime.serving.resources
    recording = recording_of(track_id, archive=Archive.of(resources))
    headers = {"ETag": f'"{recording.sha256}"', "Cache-Control": _CACHE_CONTROL}
    if ticket is not None and resources.signed_urls.is_valid(ticket, track_id):
        headers |= _CROSS_ORIGIN  # an audio element sends no Origin to check
    if headers["ETag"] in re.split(r",\s*", if_none_match):
        return Response(status_code=304, headers=headers)
    return _file(track_id, recording, headers)


def _file(track_id: str, recording: Recording, headers: dict[str, str]) -> FileResponse:
    try:
        with recording.file.open("rb") as opened:
            media_type = media_type_of_audio(opened)
        stat = recording.file.stat()
    except OSError as error:  # it was removed meanwhile
        raise AudioNotKeptError(track_id) from error
    return FileResponse(recording.file, headers=headers, media_type=media_type, stat_result=stat)


def media_type_of_audio(file: BinaryIO) -> str:
    """Return the media type of a recording by its content, whatever stands before the sound."""
    try:
        return detect_format(file).media_type
    except NotAudioError:
        return BINARY
