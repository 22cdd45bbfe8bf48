"""Query parameters: a call takes those that it declares, each once, and refuses all others."""

from collections import Counter
from collections.abc import Iterator

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel

from service.http.errors import FieldError, InvalidRequestError
from service.http.policy import policy_of
from service.http.validation_errors import MAX_ERRORS, path_of


async def refuse_wrong_parameters(request: Request) -> None:
    """Check the names of a request's query parameters, before its body is read.

    Raises:
        InvalidRequestError: The call does not declare one of them, or one comes twice.
    """
    if not request.scope["query_string"]:
        return
    route: APIRoute = request.scope["route"]
    known = list(_declared(route))
    times = Counter(name for name, _ in request.query_params.multi_items())
    wrong = [name for name, n in times.items() if name not in known or n > 1]
    if wrong:
        errors = [_wrong(name, known, route) for name in wrong[:MAX_ERRORS]]
        raise InvalidRequestError(errors, n_errors=len(wrong))


def _declared(route: APIRoute) -> Iterator[str]:
    for field in route.dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from kind.model_fields
        else:
            yield field.alias


def _wrong(name: str, known: list[str], route: APIRoute) -> FieldError:
    field = path_of([name]) or '""'
    if name in known:
        return FieldError(field, f"{field} comes more than once; once is enough.")
    body = policy_of(route).body
    if body is not None and name in body.model_fields:
        remedy = "send it in the body"
    else:
        remedy = f"this call takes {' and '.join(known) or 'none'}"
    return FieldError(field, f"{field} is not a known query parameter; {remedy}.")
