"""The middleware around the FastAPI application.

In order, a request gets an id, its caller is authorised, its key's rate and the number of requests
in progress are checked, and its time and its size are bounded. What is refused is refused before
a byte of its body is read, and what is not served never reaches the application.
"""

import time
from collections.abc import Collection
from http import HTTPStatus

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from models.errors import AttuneError
from service.auth.api_keys import EVERY_SCOPE
from service.auth.authorization import Authorizer
from service.http.body import close_uploads
from service.http.concurrency import Slot, Slots
from service.http.errors import INTERNAL, Problem, problem_of, problem_of_status
from service.http.limits import Limits, require_readable
from service.http.policy import Policy
from service.http.request_context import RequestHandling
from service.http.route_table import Routes
from service.observability.logs import LOG, RequestContext, during, request_line
from service.observability.metrics import Metrics

_SHOWN_CHARACTERS = 20
_REMEMBERED_S = 600
"""How long a browser may remember what pages may do."""


class Middleware:
    """Authorises, bounds and counts requests, and gives every error one shape.

    Args:
        app: Answers what is let in.
        authorizer: Knows who may call.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authorizer: Authorizer,
        limits: Limits,
        metrics: Metrics,
        routes: Routes,
    ) -> None:
        self._app = app
        self._authorizer = authorizer
        self._limits = limits
        self._metrics = metrics
        self._routes = routes
        self._pages = Slots(limits.in_progress, share=1.0)
        self._recordings = Slots(limits.in_progress, share=1.0)
        self._arriving = Slots(limits.in_progress)
        self._working = Slots(limits.in_progress)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":  # nothing here speaks it
            await send({"type": "websocket.close"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        template = self._routes.template(scope["path"])
        policy = self._routes.policy(scope["method"], template)
        exchange = RequestHandling(scope, receive, send, route=template, limits=self._limits)
        context = exchange.context
        with during(context), self._metrics.in_progress():
            try:
                await self._let_through(exchange, policy)
            except AttuneError as error:
                await exchange.refuse(problem_of(error) or INTERNAL)
            except Exception:  # noqa: BLE001  # the last place that can answer
                LOG.exception("Request %s failed on %s", context.request_id, template)
                await exchange.refuse(INTERNAL)
            finally:
                close_uploads(scope)
            seconds = (exchange.given_up_at or time.perf_counter()) - started
            self._metrics.observe(scope["method"], template, exchange.status, seconds)
            if context.code:
                self._metrics.refused(context.code)
            is_probe = policy is not None and policy.is_probe
            request_line(context, exchange.status, seconds, is_probe=is_probe)

    async def _let_through(self, exchange: RequestHandling, policy: Policy | None) -> None:
        """Pass a request on to the application.

        Raises:
            AccessError: It is not let in, or not now.
            RequestError: Its head cannot be read.
        """
        scope, route = exchange.scope, exchange.context.route
        require_readable(scope)
        needed = EVERY_SCOPE if policy is None else policy.scopes
        if needed is not None:
            key = self._authorizer.holder(scope, exchange.headers, needed)
            exchange.context.permit = self._authorizer.permit(scope, exchange.headers, needed, key)
            if key is not None:
                exchange.context.key_id = key.key_id
                exchange.context.only_user = key.user_id
                self._authorizer.count(key)
        if policy is None:
            await exchange.refuse(_not_served(scope["method"], self._routes.allowed(route)))
        elif policy.is_probe:
            await exchange.through(self._app, self._limits.quick_s)
        else:
            await self._work(exchange, policy)

    async def _work(self, exchange: RequestHandling, policy: Policy) -> None:
        """Have a request worked on, in a slot.

        Pages have slots of their own, and so have bodies that are still arriving: these cost
        little, but last as long as their senders like. Recordings by ticket have some, too:
        whoever holds a key has tickets, and would have two shares.

        Raises:
            OverloadedError: No slot is free.
        """
        key_id = exchange.context.key_id
        seconds = self._limits.seconds(policy.cost)
        if policy.body is None:
            with Slot(self._slots_of(exchange.context, policy), key_id):
                await exchange.through(self._app, seconds)
            return
        self._working.require_free(key_id)  # before a body is sent in vain
        with Slot(self._arriving, key_id) as slot:
            await exchange.through(self._app, seconds, lambda: slot.move(self._working))

    def _slots_of(self, context: RequestContext, policy: Policy) -> Slots:
        if policy.scopes is None:
            return self._pages
        return self._recordings if context.permit is None else self._working


def with_cors(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    """Return an application that tells browsers which web pages may call it.

    It stands outside the middleware, so that a page can read why it was refused, too.
    """
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=sorted(origins),
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
