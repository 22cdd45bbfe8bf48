"""``/users``: list users; show, export, import and forget the data of one."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import StreamingResponse

from service.api.examples import USER_ID, ndjson_content
from service.api.fields import Id
from service.api.update import updates
from service.api.users import profile, users
from service.api.users.log_schemas import EXAMPLES, ImportIn, ImportOut, LabelLine, LoggedLabel
from service.api.users.schemas import Picture, User, UserPage, UserPageIn
from service.auth.api_keys import ADMIN, LABEL
from service.http.body import BINARY, NDJSON
from service.http.concurrency import Cost
from service.http.policy import policy
from service.http.runtime import Runtime
from service.labels import LabelEvent

router = APIRouter(tags=["users"])

UserId = Annotated[Id, Path(examples=[USER_ID])]

_CHUNK_LINES = 500


@router.get("/users")
@policy(ADMIN)
def list_users(target: Annotated[UserPageIn, Query()], runtime: Runtime) -> UserPage:
    """List the users with recorded labels by id."""
    resources = runtime.resources_for(None)
    page = users.list_users(target.cursor, target.limit, usage_counts=resources.usage_counts)
    return UserPage.model_validate(page)


@router.get("/users/{user_id}")
@policy(LABEL)
def get_user(user_id: UserId, runtime: Runtime) -> User:
    """Show a summary of a user's labels."""
    resources = runtime.resources_for(user_id)
    return User.model_validate(
        users.show_user(
            user_id, usage_counts=resources.usage_counts, listeners=resources.listeners
        )
    )


@router.get("/users/{user_id}/picture")
@policy(LABEL)
def get_picture(user_id: UserId, runtime: Runtime) -> Picture:
    """Show a user's profile: labels, accuracy, and predictions compared with the population.

    `prequential` counts correct forecasts, each made before its answer was learnt.
    """
    resources = runtime.resources_for(user_id)
    found = profile.listener_profile(
        user_id,
        log=resources.log,
        prequential_records=resources.prequential_records,
        track_features=resources.track_features,
        listeners=resources.listeners,
    )
    return Picture.model_validate(found)


@router.get(
    "/users/{user_id}/labels",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One JSON object per line, in the order of the log.",
            "content": ndjson_content("LoggedLabel", EXAMPLES),
        }
    },
)
@policy(LABEL)
def get_labels(
    user_id: UserId,
    runtime: Runtime,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> StreamingResponse:
    """Export a user's log as NDJSON: every answer, correction and retraction."""
    resources = runtime.resources_for(user_id)
    events = users.export_labels(user_id, log=resources.log)
    return StreamingResponse(_lines(events), media_type=BINARY if BINARY in accept else NDJSON)


@router.post("/users/{user_id}/labels")
@policy(LABEL, Cost.BULK)
def post_labels(
    user_id: UserId,
    body: list[LabelLine],
    target: Annotated[ImportIn, Query()],
    runtime: Runtime,
) -> ImportOut:
    """Import an exported log of this or another service, all lines or none.

    Each line keeps its time, and consecutive lines with the same time stay one call. New lines
    follow the existing ones in the order of the request. A line with a known `event_id` is a
    duplicate, so the same log may be sent again, whole or in parts. A call takes at most 100,000
    lines. No line names a user, so any user's log can be imported.

    Lines about deleted or unknown tracks are kept, too; `PUT /tracks` may register them later. A
    line that is older than the current label of its track is kept without replacing it, unless
    `replace` is true.
    """
    resources = runtime.resources_for(user_id)
    restored = updates.restore(
        user_id,
        [line.to_domain() for line in body],
        log=resources.log,
        listeners=resources.listeners,
        may_replace=target.replace,
    )
    runtime.metrics.count_labels(restored.n_recorded)
    return ImportOut.model_validate(restored)


@router.delete("/users/{user_id}", status_code=204)
@policy(LABEL)
def delete_user(user_id: UserId, runtime: Runtime) -> None:
    """Forget a user and everything derived from their labels; unknown users are accepted.

    The service records nothing more under this id, so that a late retry cannot restore the user.
    """
    resources = runtime.resources_for(user_id)
    users.forget_user(user_id, log=resources.log, listeners=resources.listeners)


@router.post("/users/{user_id}/readmit", status_code=204)
@policy(ADMIN)
def readmit_user(user_id: UserId, runtime: Runtime) -> None:
    """Let a forgotten user label again, as a new user; other users are accepted, too."""
    resources = runtime.resources_for(user_id)
    users.readmit_user(user_id, log=resources.log)


def _lines(events: Iterable[LabelEvent]) -> Iterator[str]:
    remaining = iter(events)
    # Many lines per chunk, because each chunk costs a switch of threads.
    while lines := [_line(event) for event in islice(remaining, _CHUNK_LINES)]:
        yield "".join(lines)


def _line(event: LabelEvent) -> str:
    return f"{LoggedLabel.model_validate(event).model_dump_json()}\n"
