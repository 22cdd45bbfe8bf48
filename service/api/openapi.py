"""The OpenAPI 3.1 description: FastAPI's, with what it cannot see added.

Bodies are read by :mod:`service.http.body` and scopes are checked by the middleware, so that
FastAPI knows of neither; both are read here off the routes that declare them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from service.api.body_examples import EXAMPLES, REFS, lines_of, schema_ref
from service.api.ops.routes import Checks
from service.api.reply_examples import OVERLOADED
from service.http.body import FORM, NDJSON, Body
from service.http.errors import MEDIA_TYPE, codes
from service.http.policy import policy_of
from service.observability.health import HealthStatus

VERSION = "0.1.0"
"""Of the contract, by semantic versioning."""

SUMMARY = "Tells what music feels like to one listener; asks about what it would learn most from."

_PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "The request was refused.",
        "content": {MEDIA_TYPE: _PROBLEM},
    },
    "5XX": {
        "description": "The service is at fault, or busy.",
        "content": {MEDIA_TYPE: {**_PROBLEM, "example": OVERLOADED}},
    },
}
"""How any call may end otherwise."""

_TAGS = {
    "predict": "What tracks feel like, to a user or to everybody.",
    "query": "Which tracks to ask a user about next.",
    "rank": "The catalogue in the order in which it fits a user and an emotion.",
    "update": "A user's answers.",
    "tracks": "The catalogue.",
    "users": "What is recorded of a user.",
    "model": "The shared models that answer.",
    "operations": "How the service is doing.",
}
"""Tags of routes, in the order in which they are shown."""

_KEY = "key"
_KEY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "attune_<id>_<secret>",
    "description": "An API key with one of the scopes that stand beside the call. As long as none "
    "was ever made, the machine that serves is answered without one, and no other is.",
}

_FILE = {
    "type": "string",
    "contentMediaType": "application/octet-stream",
    "description": "wav, flac, ogg (Vorbis, Opus), mp3, m4a or aac.",
}
_NOT_IN_FORMS = {"audio_embedding", "lyrics_embedding"}
"""Fields that stand for a file: without one, the body is JSON."""


def describe(
    app: FastAPI, routes: Iterable[APIRoute], lines: Iterable[type[BaseModel]]
) -> dict[str, Any]:
    """Return the description of an application.

    Args:
        app: The application.
        routes: All of its routes.
        lines: Types of which streamed replies hold one a line, which FastAPI does not see.
    """
    document = get_openapi(
        title="Attune",
        version=VERSION,
        summary=SUMMARY,
        description=_codes(),
        routes=app.routes,
    )
    schemas = document["components"]["schemas"]
    described = [route for route in routes if route.include_in_schema]
    bodies = [kind for route in described if (kind := policy_of(route).body) is not None]
    schemas |= _schemas([*bodies, *lines])
    schemas["Problem"] = _problem_schema()
    for name, examples in EXAMPLES.items():
        schemas[name]["examples"] = examples
    document["tags"] = [{"name": name, "description": said} for name, said in _TAGS.items()]
    document["components"]["securitySchemes"] = {_KEY: _KEY_SCHEME}
    for route in described:
        for method in route.methods or ():
            _complete(document["paths"][route.path][method.lower()], route)
    return document


def _complete(operation: dict[str, Any], route: APIRoute) -> None:
    """Add the scopes and the body of a route to FastAPI's description of it."""
    scopes = policy_of(route).scopes
    operation["security"] = [] if scopes is None else [{_KEY: sorted(scopes)}]
    if (kind := policy_of(route).body) is not None:
        content = {media_type: _content(kind, media_type) for media_type in kind.media_types}
        operation["requestBody"] = {"required": True, "content": content}
        if kind.headers:
            operation.setdefault("parameters", []).extend(_parameters(kind))


def _content(kind: type[Body], media_type: str) -> dict[str, Any]:
    if media_type == NDJSON:
        content: dict[str, Any] = lines_of(kind)[NDJSON]
        return content
    return {"schema": schema_ref(_form_name(kind) if media_type == FORM else kind.__name__)}


def _parameters(kind: type[Body]) -> Iterator[dict[str, Any]]:
    """Yield the headers that are read as fields of a body."""
    for name, of in kind.headers.items():
        schema = TypeAdapter(of).json_schema()
        parameter = {"name": name, "in": "header", "description": schema.pop("description")}
        yield parameter | {"schema": schema}


def _schemas(kinds: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """Return the schemas of types and of all that they are made of, forms included."""
    wanted = list(kinds)
    _, found = models_json_schema([(k, "validation") for k in wanted], ref_template=REFS)
    schemas: dict[str, Any] = found["$defs"]
    for kind in wanted:
        if issubclass(kind, Body) and FORM in kind.media_types:
            schemas[_form_name(kind)] = _form_schema(kind, schemas[kind.__name__])
    return schemas


def _form_name(kind: type[Body]) -> str:
    return kind.__name__.removesuffix("In") + "Form"


def _form_schema(kind: type[Body], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a form: with the file, and without null, which a form cannot say."""
    example = EXAMPLES[_form_name(kind)][0]
    fields = {
        name: _not_null(field) | ({"examples": [example[name]]} if name in example else {})
        for name, field in schema["properties"].items()
        if name not in _NOT_IN_FORMS
    }
    return {**schema, "title": _form_name(kind), "properties": {"audio": _FILE, **fields}}


def _not_null(field: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if key not in {"anyOf", "default"}}
    for option in field.get("anyOf", []):
        if option != {"type": "null"}:
            kept |= option
    return kept


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    fault = {"type": "object", "properties": {"field": text, "message": text}}
    return {
        "title": "Problem",
        "type": "object",
        "description": "An error (RFC 9457). Branch on `code`; `detail` is for people.",
        "required": ["type", "title", "status", "code", "detail", "request_id"],
        "properties": {
            "type": {"const": "about:blank"},
            "title": text,
            "status": {"type": "integer"},
            "code": {"type": "string", "examples": ["track_not_found"]},
            "detail": text,
            "request_id": text,
            "errors": {"type": "array", "items": fault | {"required": ["field", "message"]}},
            "checks": _checks_schema() | {"description": "Of `not_ready`: what is there."},
        },
    }


def _checks_schema() -> dict[str, Any]:
    verdict = {"enum": list(get_args(HealthStatus))}
    return {"type": "object", "properties": dict.fromkeys(Checks.model_fields, verdict)}


def _codes() -> str:
    lines = [f"- `{code}` ({status})" for status, code in codes()]
    return "\n".join(["Every error is a `Problem` with one of these codes:", "", *lines])
