"""Route policies: who may call a route, how long it may take, and where it computes.

They are declared where the route is::

    @router.post("/rank")
    @policy(PREDICT)
    def rank(...) -> RankOut: ...
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial, wraps
from typing import Any, Final, cast

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response
from starlette.routing import Route

from service.http.runtime import runtime_of
from service.keys import ADMIN, Scopes

EVERYBODY: Final = None
"""In the place of scopes: the route needs no key, because it holds nothing of anybody."""


class Cost(StrEnum):
    """What a call costs; ``QUICK`` calls have ``ATTUNE_QUICK_TIMEOUT_S``, others more time."""

    QUICK = "quick"
    AUDIO = "audio"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for a route.

    Attributes:
        scopes: Of which a key needs one; None where everybody may call.
        is_probe: Whether it watches the service: it holds no slot, so that it is answered when
            the service is full, and is logged at level debug.
    """

    scopes: Scopes | None = ADMIN
    cost: Cost = Cost.QUICK
    is_probe: bool = False


Endpoint = Callable[..., Any]


def policy(
    scopes: Scopes | None, cost: Cost = Cost.QUICK, *, is_probe: bool = False
) -> Callable[[Endpoint], Endpoint]:
    """Declare the policy of a route; the arguments are those of :class:`Policy`.

    A plain function then computes in one of the threads that ``ATTUNE_THREADS`` allows, and its
    reply is written there, too. A coroutine function runs on the event loop as it is.
    """

    def declare(endpoint: Endpoint) -> Endpoint:
        is_async = inspect.iscoroutinefunction(endpoint)
        served: Any = endpoint if is_async else _threaded(endpoint)
        served.policy = Policy(scopes, cost, is_probe)
        return cast("Endpoint", served)

    return declare


def policy_of(route: Route) -> Policy:
    """Return the policy of a route; one without a policy is for admin alone."""
    declared: Policy = getattr(route.endpoint, "policy", Policy())
    return declared


def reply(body: BaseModel, status: int = 200) -> Response:
    """Return a response that carries a wire type as JSON."""
    return Response(body.model_dump_json(by_alias=True), status, media_type="application/json")


def _threaded(endpoint: Endpoint) -> Callable[..., Awaitable[Response]]:
    signature = inspect.signature(endpoint)

    @wraps(endpoint)
    async def serve(*, http_request: Request, **values: Any) -> Response:
        return await runtime_of(http_request).run(partial(_answer, endpoint, values))

    # FastAPI reads the parameters here: those of the endpoint, and the request for its runtime.
    request = inspect.Parameter("http_request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    parameters = [*signature.parameters.values(), request]
    serve.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return serve


def _answer(endpoint: Endpoint, values: dict[str, Any]) -> Response:
    result = endpoint(**values)
    if result is None:
        return Response(status_code=204)
    return result if isinstance(result, Response) else reply(result)
