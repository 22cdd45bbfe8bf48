"""Resources: tracks, users and the model, as one FastAPI application beside the BentoML APIs.

BentoML's own APIs are POST only, so what is a resource lives here. Its state holds what the
service that mounts it is made of: ``serving``, ``metrics``, and the limiters of threads that work
(``limiter``) and of those that watch the others (``watching``).
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Annotated, TypeVar

from anyio import to_thread
from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.requests import ClientDisconnect

from models.errors import AttuneError
from service import catalogue, update, users
from service.audio_routes import audio_routes
from service.contract import PROBLEMS, bodies_of, lines_of
from service.docs import page
from service.errors import RequestError
from service.labels import DatedLabel, LabelEvent
from service.metrics import MEDIA_TYPE, Metrics
from service.model_routes import model_routes
from service.pages import page_routes
from service.picture_routes import picture_routes
from service.schemas.fields import MAX_LINES, Id
from service.schemas.labels import LabelLine, LoggedLabel
from service.schemas.replies import Track, TrackPage, UpdateOut, User
from service.schemas.requests import PageIn, TrackIn, TrackQuery
from service.serving import Serving
from service.transport.answers import answer
from service.transport.body import NDJSON, close_uploads, read_body
from service.transport.faults import invalid
from service.transport.lines import read_lines
from service.wiring import Parts

_LINES_AT_ONCE = 500
_OF_PAGES = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""What a browser may do on our pages: show them, in no frame, and nothing else."""

Done = TypeVar("Done")

resources = FastAPI(
    docs_url=None,  # FastAPI's page loads its scripts from a CDN
    redoc_url=None,
    redirect_slashes=False,
    responses=PROBLEMS,
    generate_unique_id_function=lambda route: route.name,
)


async def _parts(request: Request) -> Parts:
    """Return what answers the user whom the request names, in its path or its query."""
    serving: Serving = request.app.state.serving
    in_path = filter(None, [request.path_params.get("user_id")])
    # All that are named are looked at, so that it does not matter which of several is answered.
    named = [None, *request.query_params.getlist("user_id"), *in_path]
    return [serving.parts_for(user_id) for user_id in named][-1]


async def _track_body(request: Request) -> AsyncIterator[TrackIn]:
    try:
        yield await read_body(request, TrackIn)
    finally:
        close_uploads(request)


async def _dated(request: Request) -> list[DatedLabel]:
    return [line.to_domain() async for line in read_lines(request, LabelLine, MAX_LINES)]


async def _worked_on(work: Callable[[], Done], request: Request) -> Done:
    """Do work in one of the threads that the operator allows; who waits for one is counted."""
    metrics: Metrics = request.app.state.metrics
    with metrics.waiting() as turn:

        def begin() -> Done:
            turn.begin()
            return work()

        return await to_thread.run_sync(begin, limiter=request.app.state.limiter)


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
        archive=parts.archive,
        extractor=parts.extractor,
        listeners=parts.listeners,
    )
    # Audio is worked on by no more threads than the operator allows, as in the BentoML APIs.
    registered = await _worked_on(put, request)
    response.status_code = 201 if registered.is_new else 200
    return Track.model_validate(registered.shown)


@resources.get("/tracks/{track_id}")
def get_track(track_id: TrackId, asked: Annotated[TrackQuery, Query()], parts: PartsHere) -> Track:
    """Show a track and its prediction."""
    shown = catalogue.show_track(
        track_id, asked.to_domain(), archive=parts.archive, listeners=parts.listeners
    )
    return Track.model_validate(shown)


@resources.delete("/tracks/{track_id}", status_code=204)
def delete_track(track_id: TrackId, parts: PartsHere) -> None:
    """Take a track away; labels that were given for it stay."""
    catalogue.delete_track(track_id, archive=parts.archive)


@resources.get("/tracks")
def list_tracks(asked: Annotated[PageIn, Query()], parts: PartsHere) -> TrackPage:
    """List the tracks in the order of their ids, with everybody's predictions without segments."""
    listed = catalogue.list_tracks(
        asked.cursor, asked.limit, archive=parts.archive, listeners=parts.listeners
    )
    return TrackPage.model_validate(listed)


@resources.get("/users/{user_id}")
def get_user(user_id: UserId, parts: PartsHere) -> User:
    """Show what is recorded of a user."""
    profile = users.show_user(user_id, log=parts.log, listeners=parts.listeners)
    return User.model_validate(profile)


@resources.get(
    "/users/{user_id}/labels",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One JSON object a line, in the order in which they were given.",
            "content": lines_of(LoggedLabel),
        }
    },
)
def get_labels(user_id: UserId, parts: PartsHere) -> StreamingResponse:
    """Export a user's log: every answer, correction and retraction, as NDJSON."""
    events = users.export_labels(user_id, log=parts.log)
    return StreamingResponse(_lines(events), media_type=NDJSON)


@resources.post(
    "/users/{user_id}/labels",
    openapi_extra={"requestBody": {"required": True, "content": lines_of(LabelLine)}},
)
async def post_labels(
    user_id: UserId,
    parts: PartsHere,  # before the lines: they are not read for somebody who may not send them
    dated: Annotated[list[DatedLabel], Depends(_dated)],
    request: Request,
) -> UpdateOut:
    """Import a log as it was exported, from this service or another: all of it or nothing.

    Every line keeps its moment, and the lines of one moment that follow each other stay one call;
    what is new comes after what is there, in the order in which it is sent. A line whose
    `event_id` is known already is a duplicate, so the same log may be sent again, whole or in
    parts. At most 100,000 lines a call; all tracks must be registered. Whose log it was does not
    matter: no line names a user.
    """
    restore = partial(update.restore, user_id, dated, log=parts.log, listeners=parts.listeners)
    restored = await _worked_on(restore, request)
    metrics: Metrics = request.app.state.metrics
    metrics.count_labels(restored.n_recorded)
    return UpdateOut.model_validate(restored)


@resources.delete("/users/{user_id}", status_code=204)
def delete_user(user_id: UserId, parts: PartsHere) -> None:
    """Forget a user, and all that was derived from their answers; somebody unknown is fine.

    Nothing is recorded under this id any more, so that no late retry brings the user back.
    """
    users.forget_user(user_id, log=parts.log, listeners=parts.listeners)


@resources.post("/users/{user_id}/readmit", status_code=204)
def readmit_user(user_id: UserId, parts: PartsHere) -> None:
    """Let a forgotten user answer again, as somebody new; anybody else is fine."""
    users.readmit_user(user_id, log=parts.log)


resources.include_router(audio_routes)
resources.include_router(model_routes)
resources.include_router(picture_routes)
resources.include_router(page_routes)  # the one at / stands for BentoML's, which loads a tracker


@resources.get("/metrics", response_class=Response, responses={200: {"content": {MEDIA_TYPE: {}}}})
async def get_metrics(request: Request) -> Response:
    """Show the numbers of all workers, for Prometheus."""
    metrics: Metrics = request.app.state.metrics
    # Not behind the work that it tells of.
    told = await to_thread.run_sync(metrics.exposition, limiter=request.app.state.watching)
    return Response(told, media_type=MEDIA_TYPE)


@resources.get("/docs", include_in_schema=False)
def get_docs(request: Request) -> HTMLResponse:
    """Describe the API to people, without a script and without a third party."""
    headers = {"Content-Security-Policy": _OF_PAGES}
    return HTMLResponse(page(request.app.openapi()), headers=headers)


def _lines(events: Iterable[LabelEvent]) -> Iterator[str]:
    remaining = iter(events)
    # Several lines at once: each piece costs a change of thread.
    while lines := [_line(event) for event in islice(remaining, _LINES_AT_ONCE)]:
        yield "".join(lines)


def _line(event: LabelEvent) -> str:
    return f"{LoggedLabel.model_validate(event).model_dump_json()}\n"


@resources.exception_handler(AttuneError)
@resources.exception_handler(RequestError)
@resources.exception_handler(ClientDisconnect)
async def _refuse(request: Request, error: Exception) -> Response:
    return answer(error, request)


@resources.exception_handler(RequestValidationError)
async def _refuse_parameters(request: Request, error: RequestValidationError) -> Response:
    return answer(invalid(error.errors(), skip=1), request)
