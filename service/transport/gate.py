"""The gate: what every request passes on its way in, and every answer on its way out.

It stands outside all that BentoML adds, because BentoML's own answers (404 and 405 in plain text,
429 and 504 in a shape of their own) are made outside its hook for middleware. In order: an id; who
asks; how often; how many at once; how long it may take; how much it may send. What is refused is
refused before a byte of its body is read, and what is not served never comes near an application.
"""

import time
from http import HTTPStatus
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from models.errors import AttuneError
from service.errors import INTERNAL, Problem, RequestError, problem_of, problem_of_status
from service.keys import EVERY_SCOPE, PROBES, scopes_of
from service.logs import LOG, during, request_line
from service.metrics import Metrics, Routes
from service.transport.door import Door
from service.transport.limits import Limits, Slots, require_readable
from service.transport.passage import Passage

_WATCHING = PROBES | {"/metrics"}
"""Routes that hold no slot: whoever watches the service is answered when it is full, too."""
_SHOWN_CHARACTERS = 20
_REMEMBERED_S = 600
"""How long a browser may remember what pages may do."""


class Gate:
    """Lets requests in, bounds them, counts them, and gives every error one shape.

    Args:
        app: Answers what is let in.
        door: Knows who is.
    """

    def __init__(
        self, app: ASGIApp, *, door: Door, limits: Limits, metrics: Metrics, routes: Routes
    ) -> None:
        self._app = app
        self._door = door
        self._limits = limits
        self._metrics = metrics
        self._routes = routes
        self._slots = Slots(limits.in_progress)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; the server's own messages pass untouched."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":  # nothing here speaks it, and the door does not know it
            await send({"type": "websocket.close"})
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        route = self._routes.template(scope["path"])
        passage = Passage(scope, receive, send, route=route, limits=self._limits)
        asked = passage.asked
        with during(asked), self._metrics.in_progress():
            try:
                await self._let_through(passage)
            except (AttuneError, RequestError) as error:
                await passage.refuse(problem_of(error) or INTERNAL)
            except Exception:  # noqa: BLE001  # the last place that can answer
                LOG.exception("Request %s failed on %s", asked.request_id, route)
                await passage.refuse(INTERNAL)
            seconds = (passage.given_up_at or time.perf_counter()) - started
            self._metrics.observe(scope["method"], route, passage.status, seconds)
            if asked.code:
                self._metrics.refused(asked.code)
            request_line(asked, passage.status, seconds, is_probe=route in _WATCHING)

    async def _let_through(self, passage: Passage) -> None:
        """Pass a request on to the application.

        Raises:
            DoorError: It is not let in, or not now.
            RequestError: Its head cannot be read.
        """
        scope, route = passage.scope, passage.asked.route
        method = scope["method"]
        require_readable(scope)
        served = self._routes.allowed(route)
        is_served = method in served.split(", ") or (method == "HEAD" and route in PROBES)
        needed = scopes_of(method, route) if is_served else EVERY_SCOPE
        if needed is not None:
            key = self._door.holder(scope, passage.headers, needed)
            if key is not None:
                passage.asked.key_id = key.key_id
                passage.asked.only_user = key.user_id
                self._door.count(key)
        if not is_served:
            await passage.refuse(_not_served(method, served))
        elif route in _WATCHING:
            await passage.through(self._app, self._limits.quick_s)
        else:
            with self._slots:
                await passage.through(self._app, self._limits.seconds(method, route))


def gated(app: ASGIApp, *, door: Door, **more: Any) -> ASGIApp:
    """Return an application behind a gate; web pages that may call are told so.

    What is told to a browser stands outside, so that a page can read why it was refused, too.

    Args:
        app: Answers what is let in.
        door: Knows who is.
        more: As :class:`Gate` takes it.
    """
    gate = Gate(app, door=door, **more)
    if not door.origins:
        return gate
    return CORSMiddleware(
        gate,
        allow_origins=sorted(door.origins),
        allow_methods=("GET", "POST", "PUT", "DELETE"),
        allow_headers=("Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"),
        expose_headers=("X-Request-ID", "Retry-After"),
        max_age=_REMEMBERED_S,
    )


def _not_served(method: str, served: str) -> Problem:
    if not served:
        return problem_of_status(HTTPStatus.NOT_FOUND)
    known = problem_of_status(HTTPStatus.METHOD_NOT_ALLOWED)
    detail = f"This path takes {served}, not {method[:_SHOWN_CHARACTERS]}."
    return Problem(known.status, known.code, detail, headers={"Allow": served})
