"""Route policies: the scopes, the time limit and the request body of a route.

A decorator declares the policy at the route::

    @router.post("/rank")
    @policy(PREDICT)
    def rank(body: RankIn, runtime: Runtime) -> RankOut: ...
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Final, cast, get_args, get_origin

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response
from starlette.routing import Route

from service.auth.api_keys import ADMIN, Scopes
from service.http.body import FORM, Body, media_type_of, read_body
from service.http.concurrency import Cost
from service.http.ndjson import read_lines
from service.http.request_context import apply_cost
from service.http.runtime import runtime_of
from service.observability.logs import current_key, require_permit

EVERYBODY: Final = None
"""In place of scopes: the route needs no key, because it returns no data of users."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of a route.

    Attributes:
        scopes: Scopes of which a key needs one; None for a public route.
        cost: The highest cost of a call; a body may make it lower.
        is_probe: Whether the route monitors the service: it needs no slot, so that it works when
            the service is overloaded, and is logged at level debug.
        body: Type that :mod:`service.http.body` reads and the OpenAPI document shows.
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

    The decorator passes the worker's runtime as ``runtime`` and the validated request body as
    ``body``, whose type is a :class:`Body`, or a list of them for NDJSON. FastAPI passes the other
    parameters.

    A plain function runs, and its reply is serialised, in one of ``ATTUNE_THREADS`` threads. A
    coroutine function runs on the event loop.
    """

    def declare(endpoint: Endpoint) -> Endpoint:
        wrapped: Any = _wrapped(endpoint, cost)
        wrapped.policy = Policy(scopes, cost, is_probe, _body_of(endpoint))
        return cast("Endpoint", wrapped)

    return declare


def policy_of(route: Route) -> Policy:
    """Return the policy of a route; without one, only the scope admin may call it."""
    declared: Policy = getattr(route.endpoint, "policy", Policy())
    return declared


def reply(body: BaseModel, status: int = 200) -> Response:
    """Return a response that carries a wire type as JSON."""
    return Response(body.model_dump_json(by_alias=True), status, media_type="application/json")


def _body_of(endpoint: Endpoint) -> type[Body] | None:
    """Return the type of an endpoint's body, or of its lines."""
    declared = inspect.signature(endpoint).parameters.get("body")
    if declared is None:
        return None
    kind: type[Body] = (get_args(declared.annotation) or (declared.annotation,))[0]
    return kind


def _wrapped(endpoint: Endpoint, cost: Cost) -> Callable[..., Awaitable[Any]]:
    """Return the endpoint without the parameters ``body`` and ``runtime``, for FastAPI."""
    signature = inspect.signature(endpoint)
    own = {"request", "runtime", "body"} & signature.parameters.keys()
    read = _reader(signature.parameters["body"].annotation) if "body" in own else None
    is_async = inspect.iscoroutinefunction(endpoint)

    @wraps(endpoint)
    async def wrapped(*, request: Request, **values: Any) -> Any:
        runtime = runtime_of(request)
        # Before the body is read. Of several query parameters, check all.
        for user_id in (values.get("user_id"), *request.query_params.getlist("user_id")):
            runtime.serving.require_own(user_id)
        own_cost = cost
        if read is not None:
            if cost is Cost.AUDIO and _is_form(request):  # before the client sends it in vain
                runtime.audio.require_free(current_key())
            values["body"] = await read(request)
            own_cost = _cost_of(values["body"], cost)
            apply_cost(request, own_cost)
        arguments = {"request": request, "runtime": runtime, **values}
        values |= {name: arguments[name] for name in own}
        if is_async:
            require_permit()
            return await endpoint(**values)
        work = partial(_call, endpoint, values)
        return await runtime.run(work, own_cost)

    visible = [each for name, each in signature.parameters.items() if name not in own]
    request = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    wrapped.__signature__ = signature.replace(parameters=[*visible, request])  # type: ignore[attr-defined]
    return wrapped


def _is_form(request: Request) -> bool:
    return media_type_of(request.headers.get("content-type", "")) == FORM


def _cost_of(body: Any, highest: Cost) -> Cost:
    return body.cost(highest) if isinstance(body, Body) else highest


def _reader(kind: Any) -> Callable[[Request], Awaitable[Any]]:
    if get_origin(kind) is list:
        return partial(read_lines, kind=get_args(kind)[0])
    return partial(read_body, kind=kind)


def _call(endpoint: Endpoint, values: dict[str, Any]) -> Response:
    require_permit()  # again: the request may have waited for its body and a thread
    result = endpoint(**values)
    if result is None:
        return Response(status_code=204)
    return result if isinstance(result, Response) else reply(result)
