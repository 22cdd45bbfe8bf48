"""``/users``: what is recorded of users, for them to see, to take away and to have forgotten."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse

from service.api.body_examples import lines_of
from service.api.examples import USER_ID
from service.api.fields import Id
from service.api.update import updates
from service.api.update.schemas import LabelLine, LoggedLabel, UpdateOut
from service.api.users import profile, users
from service.api.users.schemas import Picture, User
from service.auth.api_keys import ADMIN, LABEL
from service.http.body import NDJSON
from service.http.policy import Cost, policy
from service.http.runtime import Runtime
from service.labels import LabelEvent

router = APIRouter(tags=["users"])

UserId = Annotated[Id, Path(examples=[USER_ID])]

_LINES_AT_ONCE = 500


@router.get("/users/{user_id}")
@policy(LABEL)
def get_user(user_id: UserId, runtime: Runtime) -> User:
    """Show what is recorded of a user."""
    resources = runtime.resources_for(user_id)
    return User.model_validate(
        users.show_user(user_id, log=resources.log, listeners=resources.listeners)
    )


@router.get("/users/{user_id}/picture")
@policy(LABEL)
def get_picture(user_id: UserId, runtime: Runtime) -> Picture:
    """Show what is known of a user: their answers, and what is expected of them beside everybody.

    `prequential` counts how often their quadrants were foretold rightly, before each was learnt.
    """
    resources = runtime.resources_for(user_id)
    shown = profile.listener_profile(
        user_id,
        log=resources.log,
        prequential_records=resources.prequential_records,
        track_features=resources.track_features,
        listeners=resources.listeners,
    )
    return Picture.model_validate(shown)


@router.get(
    "/users/{user_id}/labels",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One JSON object a line, in the order in which they were given.",
            "content": lines_of(LoggedLabel),
        }
    },
)
@policy(LABEL)
def get_labels(user_id: UserId, runtime: Runtime) -> StreamingResponse:
    """Export a user's log: every answer, correction and retraction, as NDJSON."""
    resources = runtime.resources_for(user_id)
    events = users.export_labels(user_id, log=resources.log)
    return StreamingResponse(_lines(events), media_type=NDJSON)


@router.post("/users/{user_id}/labels")
@policy(LABEL, Cost.BULK)
def post_labels(
    user_id: UserId,
    body: list[LabelLine],
    runtime: Runtime,
) -> UpdateOut:
    """Import a log as it was exported, from this service or another: all of it or nothing.

    Every line keeps its moment, and the lines of one moment that follow each other stay one call;
    what is new comes after what is there, in the order in which it is sent. A line whose
    `event_id` is known already is a duplicate, so the same log may be sent again, whole or in
    parts. At most 100,000 lines a call; all tracks must be registered. Whose log it was does not
    matter: no line names a user.
    """
    resources = runtime.resources_for(user_id)
    dated = [line.to_domain() for line in body]
    restored = updates.restore(user_id, dated, log=resources.log, listeners=resources.listeners)
    runtime.metrics.count_labels(restored.n_recorded)
    return UpdateOut.model_validate(restored)


@router.delete("/users/{user_id}", status_code=204)
@policy(LABEL)
def delete_user(user_id: UserId, runtime: Runtime) -> None:
    """Forget a user, and all that was derived from their answers; somebody unknown is fine.

    Nothing is recorded under this id any more, so that no late retry brings the user back.
    """
    resources = runtime.resources_for(user_id)
    users.forget_user(user_id, log=resources.log, listeners=resources.listeners)


@router.post("/users/{user_id}/readmit", status_code=204)
@policy(ADMIN)
def readmit_user(user_id: UserId, runtime: Runtime) -> None:
    """Let a forgotten user answer again, as somebody new; anybody else is fine."""
    resources = runtime.resources_for(user_id)
    users.readmit_user(user_id, log=resources.log)


def _lines(events: Iterable[LabelEvent]) -> Iterator[str]:
    remaining = iter(events)
    # Several lines at once: each piece costs a change of thread.
    while lines := [_line(event) for event in islice(remaining, _LINES_AT_ONCE)]:
        yield "".join(lines)


def _line(event: LabelEvent) -> str:
    return f"{LoggedLabel.model_validate(event).model_dump_json()}\n"
