"""The HTTP application of one worker: FastAPI, its routes and the middleware around it."""

from functools import cached_property
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from opentelemetry.sdk.trace import TracerProvider
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from models.errors import AttuneError
from service.api import CALLS, PAGES, ROUTERS
from service.api.bentoml_schema import bentoml_schema
from service.api.openapi import PROBLEMS, describe
from service.api.users.log_schemas import LabelLine, LoggedLabel
from service.auth.authorization import Authorizer
from service.http.errors import error_response
from service.http.limits import Limits
from service.http.middleware import Middleware, with_cors
from service.http.query_parameters import refuse_wrong_parameters
from service.http.route_table import Routes
from service.http.validation_errors import invalid_request
from service.observability.metrics import Metrics
from service.observability.tracing import Tracing

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


class Api(FastAPI):
    """The FastAPI application with all routes; ``state.runtime`` holds what they use."""

    def __init__(self) -> None:
        super().__init__(
            openapi_url=None,  # service.api.ops serves it, with a policy
            docs_url=None,  # FastAPI's page loads its scripts from a CDN
            redoc_url=None,
            redirect_slashes=False,
            responses=PROBLEMS,
            generate_unique_id_function=lambda route: route.name,
            exception_handlers={
                AttuneError: _refuse,
                ClientDisconnect: _refuse,
                RequestValidationError: _refuse_parameters,
            },
        )
        for router in CALLS:
            self.include_router(router, dependencies=[Depends(refuse_wrong_parameters)])
        for router in PAGES:
            self.include_router(router)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, computed once."""
        return self._described

    @cached_property
    def openapi_json(self) -> bytes:
        """The OpenAPI document as JSON; cached, because anybody may request it."""
        return bytes(JSONResponse(self.openapi()).body)

    @cached_property
    def bentoml_json(self) -> bytes:
        """The description for BentoML's own client as JSON."""
        return bytes(JSONResponse(bentoml_schema(self.openapi())).body)

    @cached_property
    def _described(self) -> dict[str, Any]:
        return describe(self, ROUTES, [LoggedLabel, LabelLine])


def wrap_middleware(
    api: ASGIApp,
    *,
    authorizer: Authorizer,
    limits: Limits,
    metrics: Metrics,
    provider: TracerProvider | None = None,
) -> ASGIApp:
    """Return the application inside its middleware.

    A *provider* traces the requests that the middleware accepts.
    """
    traced = api if provider is None else Tracing(api, provider)
    middleware = Middleware(
        traced, authorizer=authorizer, limits=limits, metrics=metrics, routes=Routes(ROUTES)
    )
    return with_cors(middleware, authorizer.origins)


async def _refuse(request: Request, error: Exception) -> Response:
    return error_response(error, request)


async def _refuse_parameters(request: Request, error: RequestValidationError) -> Response:
    return error_response(invalid_request(error.errors(), skip=1), request)
