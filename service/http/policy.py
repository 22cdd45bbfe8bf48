"""Route policies: who may call a route, how long it may take, and where it computes.

They are declared where the route is::

    @router.post("/rank")
    @policy(PREDICT)
    def rank(body: RankIn, runtime: Runtime) -> RankOut: ...
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial, wraps
from typing import Any, Final, cast, get_args, get_origin

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response
from starlette.routing import Route

from service.auth.api_keys import ADMIN, Scopes
from service.http.body import Body, read_body
from service.http.ndjson import read_lines
from service.http.runtime import runtime_of
from service.observability.logs import require_permit

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
        body: What :mod:`service.http.body` reads, and the OpenAPI description shows.
    """

    scopes: Scopes | None = ADMIN
    cost: Cost = Cost.QUICK
    is_probe: bool = False
    body: type[Body] | None = None


Endpoint = Callable[..., Any]


def policy(
    scopes: Scopes | None, cost: Cost = Cost.QUICK, *, is_probe: bool = False
) -> Callable[[Endpoint], Endpoint]:
    """Declare the policy of a route; the arguments are those of :class:`Policy`.

    Of the parameters of the endpoint, ``runtime`` is what the worker answers with, and ``body`` is
    read strictly by its type: a :class:`Body`, or a list of them where each is a line. FastAPI
    fills the others.

    A plain function computes in one of the threads that ``ATTUNE_THREADS`` allows, and its reply
    is written there, too. A coroutine function runs on the event loop.
    """

    def declare(endpoint: Endpoint) -> Endpoint:
        served: Any = _filled(endpoint, cost)
        served.policy = Policy(scopes, cost, is_probe, _body_of(endpoint))
        return cast("Endpoint", served)

    return declare


def policy_of(route: Route) -> Policy:
    """Return the policy of a route; one without a policy is for admin alone."""
    declared: Policy = getattr(route.endpoint, "policy", Policy())
    return declared


def reply(body: BaseModel, status: int = 200) -> Response:
    """Return a response that carries a wire type as JSON."""
    return Response(body.model_dump_json(by_alias=True), status, media_type="application/json")


def _body_of(endpoint: Endpoint) -> type[Body] | None:
    """Return what the body of an endpoint is, or what each of its lines is."""
    declared = inspect.signature(endpoint).parameters.get("body")
    if declared is None:
        return None
    kind: type[Body] = (get_args(declared.annotation) or (declared.annotation,))[0]
    return kind


def _filled(endpoint: Endpoint, cost: Cost) -> Callable[..., Awaitable[Any]]:
    """Return an endpoint that fills ``body`` and ``runtime`` itself; FastAPI fills the rest."""
    signature = inspect.signature(endpoint)
    own = {"request", "runtime", "body"} & signature.parameters.keys()
    read = _reader(signature.parameters["body"].annotation) if "body" in own else None
    is_async = inspect.iscoroutinefunction(endpoint)

    @wraps(endpoint)
    async def served(*, request: Request, **values: Any) -> Any:
        runtime = runtime_of(request)
        # Known before the body is read; all are checked, whichever of several is answered.
        for user_id in (values.get("user_id"), *request.query_params.getlist("user_id")):
            runtime.serving.require_own(user_id)
        if read is not None:
            values["body"] = await read(request)
        given = {"request": request, "runtime": runtime, **values}
        values |= {name: given[name] for name in own}
        if is_async:
            require_permit()
            return await endpoint(**values)
        work = partial(_answer, endpoint, values)
        return await runtime.run(work, is_long=cost is not Cost.QUICK)

    shown = [each for name, each in signature.parameters.items() if name not in own]
    request = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    served.__signature__ = signature.replace(parameters=[*shown, request])  # type: ignore[attr-defined]
    return served


def _reader(kind: Any) -> Callable[[Request], Awaitable[Any]]:
    if get_origin(kind) is list:
        return partial(read_lines, kind=get_args(kind)[0])
    return partial(read_body, kind=kind)


def _answer(endpoint: Endpoint, values: dict[str, Any]) -> Response:
    require_permit()  # it was checked before the wait for the body and a thread
    result = endpoint(**values)
    if result is None:
        return Response(status_code=204)
    return result if isinstance(result, Response) else reply(result)
