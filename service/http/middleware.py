"""The middleware around the FastAPI application.

For each request it assigns an id, authorises the caller, checks the rate limit of the key and the
number of requests in progress, and bounds the time and the size of the request. It refuses
requests before it reads their bodies; requests to unknown paths never reach the application.
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

_MAX_METHOD_CHARACTERS = 20
_CORS_MAX_AGE_S = 600


class Middleware:
    """Authorises, bounds and counts requests, and responds to every error with a problem.

    Args:
        app: Handles the accepted requests.
        authorizer: Authorises the callers.
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
        """Handle a request."""
        if scope["type"] == "http":
            await self._respond(scope, receive, send)
        elif scope["type"] == "websocket":  # no route uses WebSockets
            await send({"type": "websocket.close"})

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        template = self._routes.template(scope["path"])
        policy = self._routes.policy(scope["method"], template)
        handling = RequestHandling(scope, receive, send, route=template, limits=self._limits)
        context = handling.context
        with during(context), self._metrics.in_progress():
            try:
                await self._handle(handling, policy)
            except AttuneError as error:
                await handling.refuse(problem_of(error) or INTERNAL)
            except Exception:  # noqa: BLE001  # the last place that can respond
                LOG.exception("Request %s failed on %s", context.request_id, template)
                await handling.refuse(INTERNAL)
            finally:
                close_uploads(scope)
            seconds = (handling.given_up_at or time.perf_counter()) - started
            self._metrics.observe(scope["method"], template, handling.status, seconds)
            if context.code:
                self._metrics.refused(context.code)
            is_probe = policy is not None and policy.is_probe
            request_line(context, handling.status, seconds, is_probe=is_probe)

    async def _handle(self, handling: RequestHandling, policy: Policy | None) -> None:
        """Check a request and pass it on to the application.

        Raises:
            AccessError: The caller is not authorised, or must retry later.
            RequestError: The head cannot be read.
        """
        scope, route = handling.scope, handling.context.route
        require_readable(scope)
        needed = EVERY_SCOPE if policy is None else policy.scopes
        if needed is not None:
            key = self._authorizer.authorize(scope, handling.headers, needed)
            handling.context.permit = self._authorizer.permit(scope, handling.headers, needed, key)
            if key is not None:
                handling.context.key_id = key.key_id
                handling.context.only_user = key.user_id
                self._authorizer.count_request(key)
        if policy is None:
            await handling.refuse(_not_served(scope["method"], self._routes.allowed(route)))
        elif policy.is_probe:
            await handling.run(self._app, self._limits.quick_s)
        else:
            await self._work(handling, policy)

    async def _work(self, handling: RequestHandling, policy: Policy) -> None:
        """Run a request in a slot.

        Pages have separate slots. So have arriving bodies, which cost little but last as long as
        their senders choose, and recordings by signed URL, because a caller with a key has signed
        URLs as well and would get two shares.

        Raises:
            OverloadedError: No slot is free.
        """
        key_id = handling.context.key_id
        seconds = self._limits.seconds(policy.cost)
        if policy.body is None:
            with Slot(self._slots_of(handling.context, policy), key_id):
                await handling.run(self._app, seconds)
            return
        self._working.require_free(key_id)  # before the client sends the body in vain
        with Slot(self._arriving, key_id) as slot:
            await handling.run(self._app, seconds, lambda: slot.move(self._working))

    def _slots_of(self, context: RequestContext, policy: Policy) -> Slots:
        if policy.scopes is None:
            return self._pages
        return self._recordings if context.permit is None else self._working


def with_cors(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    """Wrap an application to tell browsers which web pages may call it (CORS).

    CORS is outside the middleware, so that a page can also read error responses.
    """
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=sorted(origins),
        allow_methods=("GET", "POST", "PUT", "DELETE"),
        allow_headers=("Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"),
        expose_headers=("X-Request-ID", "Retry-After"),
        max_age=_CORS_MAX_AGE_S,
    )


def _not_served(method: str, served: str) -> Problem:
    if not served:
        return problem_of_status(HTTPStatus.NOT_FOUND)
    known = problem_of_status(HTTPStatus.METHOD_NOT_ALLOWED)
    detail = f"This path accepts {served}, not {method[:_MAX_METHOD_CHARACTERS]}."
    return Problem(known.status, known.code, detail, headers={"Allow": served})
