"""Resources: tracks, users and the model, as one FastAPI application beside the BentoML APIs.

BentoML's own APIs are POST only, so what is a resource lives here. Its state holds what the
service that mounts it is made of: ``parts``, ``metrics`` and ``limiter``.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from starlette.requests import ClientDisconnect

from models.errors import AttuneError
from service import catalogue, users
from service.contract import PROBLEMS, bodies_of
from service.docs import page
from service.errors import RequestError
from service.metrics import MEDIA_TYPE, Metrics
from service.ports import LabelEvent
from service.schemas.fields import Id
from service.schemas.replies import LoggedLabel, ModelInfo, Track, TrackPage, User
from service.schemas.requests import PageIn, TrackIn, TrackQuery
from service.transport.answers import answer
from service.transport.body import close_uploads, read_body
from service.transport.faults import invalid
from service.wiring import Parts

NDJSON = "application/x-ndjson"
_LINES_AT_ONCE = 500

resources = FastAPI(
    docs_url=None,  # FastAPI's page loads its scripts from a CDN
    redoc_url=None,
    redirect_slashes=False,
    responses=PROBLEMS,
    generate_unique_id_function=lambda route: route.name,
)


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


async def _track_body(request: Request) -> AsyncIterator[TrackIn]:
    try:
        yield await read_body(request, TrackIn)
    finally:
        close_uploads(request)


PartsHere = Annotated[Parts, Depends(_parts)]
TrackId = Annotated[Id, Path()]
UserId = Annotated[Id, Path()]


@resources.put(
    "/tracks/{track_id}",
    openapi_extra=bodies_of(TrackIn),
    responses={200: {"description": "Replaced."}, 201: {"description": "New.", "model": Track}},
)
async def put_track(
    track_id: TrackId,
    body: Annotated[TrackIn, Depends(_track_body)],
    parts: PartsHere,
    request: Request,
    response: Response,
) -> Track:
    """Register a track, or replace what is there under its id.

    Doing it again changes nothing. A track that somebody has labelled keeps its audio and lyrics.
    """
    put = partial(
        catalogue.put_track,
        track_id,
        catalogue.Registration(body.upload, body.heading),
        catalogue=parts.catalogue,
        extractor=parts.extractor,
        listeners=parts.listeners,
    )
    # Audio is worked on by no more threads than the operator allows, as in the BentoML APIs.
    registered = await to_thread.run_sync(put, limiter=request.app.state.limiter)
    response.status_code = 201 if registered.is_new else 200
    return Track.of(registered.shown)


@resources.get("/tracks/{track_id}")
def get_track(track_id: TrackId, asked: Annotated[TrackQuery, Query()], parts: PartsHere) -> Track:
    """Show a track and its prediction."""
    shown = catalogue.show_track(
        track_id, asked.to_domain(), catalogue=parts.catalogue, listeners=parts.listeners
    )
    return Track.of(shown)


@resources.delete("/tracks/{track_id}", status_code=204)
def delete_track(track_id: TrackId, parts: PartsHere) -> None:
    """Take a track away; labels that were given for it stay."""
    catalogue.delete_track(track_id, catalogue=parts.catalogue)


@resources.get("/tracks")
def list_tracks(asked: Annotated[PageIn, Query()], parts: PartsHere) -> TrackPage:
    """List the tracks in the order of their ids, with everybody's predictions without segments."""
    listed = catalogue.list_tracks(
        asked.cursor, asked.limit, catalogue=parts.catalogue, listeners=parts.listeners
    )
    return TrackPage.of(listed)


@resources.get("/users/{user_id}")
def get_user(user_id: UserId, parts: PartsHere) -> User:
    """Show what is recorded of a user."""
    return User.of(users.show_user(user_id, log=parts.log, listeners=parts.listeners))


@resources.get(
    "/users/{user_id}/labels",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One JSON object a line, in the order in which they were given.",
            "content": {NDJSON: {"schema": {"$ref": "#/components/schemas/LoggedLabel"}}},
        }
    },
)
def get_labels(user_id: UserId, parts: PartsHere) -> StreamingResponse:
    """Export a user's log: every answer, correction and retraction, as NDJSON."""
    events = users.export_labels(user_id, log=parts.log)
    return StreamingResponse(_lines(events), media_type=NDJSON)


@resources.delete("/users/{user_id}", status_code=204)
def delete_user(user_id: UserId, parts: PartsHere) -> None:
    """Forget a user, and all that was derived from their answers; somebody unknown is fine."""
    users.forget_user(user_id, log=parts.log, listeners=parts.listeners)


@resources.get("/model")
def get_model(parts: PartsHere) -> ModelInfo:
    """Show which shared models answer, and what they can be asked for."""
    return ModelInfo.of(parts.snapshot)


@resources.get("/metrics", response_class=Response, responses={200: {"content": {MEDIA_TYPE: {}}}})
def get_metrics(request: Request) -> Response:
    """Show the numbers of all workers, for Prometheus."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.exposition(), media_type=MEDIA_TYPE)


@resources.get("/docs", include_in_schema=False)
def get_docs(request: Request) -> HTMLResponse:
    """Describe the API to people, without a script and without a third party."""
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return HTMLResponse(page(request.app.openapi()), headers=headers)


@resources.get("/", include_in_schema=False)
def get_root() -> RedirectResponse:
    """Lead to the documentation; BentoML's own start page loads a tracker."""
    return RedirectResponse("/docs")


def _lines(events: Iterable[LabelEvent]) -> Iterator[str]:
    remaining = iter(events)
    # Several lines at once: each piece costs a change of thread.
    while lines := [_line(event) for event in islice(remaining, _LINES_AT_ONCE)]:
        yield "".join(lines)


def _line(event: LabelEvent) -> str:
    return f"{LoggedLabel.of(event).model_dump_json()}\n"


@resources.exception_handler(AttuneError)
@resources.exception_handler(RequestError)
@resources.exception_handler(ClientDisconnect)
async def _refuse(request: Request, error: Exception) -> Response:
    return answer(error, request)


@resources.exception_handler(RequestValidationError)
async def _refuse_parameters(request: Request, error: RequestValidationError) -> Response:
    return answer(invalid(error.errors(), skip=1), request)
