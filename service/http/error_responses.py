"""The answer to a request that ended in an error."""

from starlette.requests import Request
from starlette.responses import Response

from service.http.errors import INTERNAL, problem_of
from service.observability.logs import LOG, current_request

REQUEST_ID = "attune.request_id"
"""Key of the request's scope, set by the middleware."""


def answer(error: Exception, request: Request) -> Response:
    """Return the problem that an error stands for; log a fault of ours."""
    request_id = request.scope[REQUEST_ID]
    problem = problem_of(error)
    if problem is None:
        LOG.error("Request %s failed", request_id, exc_info=error)
        problem = INTERNAL
    if (context := current_request()) is not None:
        context.code = problem.code
    return problem.response(request_id)
