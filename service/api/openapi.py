"""The OpenAPI 3.1 document: FastAPI's document with request bodies, scopes and examples added.

:mod:`service.http.body` reads bodies and the middleware checks scopes, so FastAPI describes
neither. This module takes both from the policies of the routes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from service.api.examples import REFS, TRACK_ID, Examples, ndjson_content, schema_ref
from service.api.model import schemas as model
from service.api.ops import schemas as ops
from service.api.predict import requests as predict_requests
from service.api.predict import schemas as predict
from service.api.query import schemas as query
from service.api.rank import schemas as rank
from service.api.tracks import schemas as tracks
from service.api.update import schemas as update
from service.api.users import log_schemas as logs
from service.api.users import schemas as users
from service.http.body import BINARY, FORM, NDJSON, Body
from service.http.errors import MEDIA_TYPE, codes
from service.http.ndjson import json_of
from service.http.policy import policy_of
from service.observability.health import HealthStatus

VERSION = "0.1.0"
"""Version of the HTTP contract, by semantic versioning."""

SUMMARY = "Predicts what music feels like to one listener; asks about the most informative tracks."

EXAMPLES: Examples = {
    name: examples
    for schemas in (
        predict_requests,
        predict,
        query,
        rank,
        update,
        logs,
        tracks,
        users,
        ops,
        model,
    )
    for name, examples in schemas.EXAMPLES.items()
}
"""Examples of all bodies, by the name of the schema."""

_PROBLEM_EXAMPLE = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "code": "track_not_found",
    "detail": f"There is no track '{TRACK_ID}'.",
    "request_id": "5f0c3bd1a2c94e6f8a7b0c1d2e3f4a5b",
}
_OVERLOADED_EXAMPLE = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "status": 503,
    "code": "overloaded",
    "detail": "64 requests are in progress on this worker, the most it accepts; wait 1 s.",
    "request_id": "0b6e2f7c9d1a4e5f8c3b2a1d0e9f8c7b",
}
_PROBLEM = {"schema": schema_ref("Problem")}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "The request is refused.",
        "content": {MEDIA_TYPE: _PROBLEM},
    },
    "5XX": {
        "description": "The service failed, or is busy.",
        "content": {MEDIA_TYPE: {**_PROBLEM, "example": _OVERLOADED_EXAMPLE}},
    },
}
"""Error responses of every call."""

_TAGS = {
    "predict": "Predictions for tracks, for a user or by the population model.",
    "query": "The tracks to ask a user about next.",
    "rank": "The catalogue, sorted by how well tracks fit a user and an emotion.",
    "update": "A user's labels.",
    "tracks": "The catalogue.",
    "users": "The data recorded for a user.",
    "model": "The shared models that are served.",
    "operations": "Health, metrics and statistics of the service.",
}
"""Tags of routes, in the order of the documentation."""

_KEY = "key"
_KEY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "attune_<id>_<secret>",
    "description": "An API key with one of the scopes listed at the call. Until the first key is "
    "made, the service answers requests from its own machine without a key, and no others.",
}

_FILE = {
    "type": "string",
    "format": "binary",  # of OpenAPI 3.0: some generators know only this one
    "contentMediaType": BINARY,
    "description": "wav, flac, ogg (Vorbis, Opus, FLAC), mp3, m4a, aac, webm, aiff, wma.",
}
_REQUEST_ID = {
    "name": "X-Request-ID",
    "in": "header",
    "description": "Identifies the request in the reply, in errors and in the service's log. "
    "Printable ASCII without spaces, at most 128 characters; otherwise the service makes one.",
    "schema": {"type": "string", "examples": ["ana-2026-04-08-predict-1"]},
}
_NOT_IN_FORMS = {"audio_embedding", "lyrics_embedding"}
"""Fields that replace a file; a request without a file is sent as JSON."""


def describe(
    app: FastAPI, routes: Iterable[APIRoute], lines: Iterable[type[BaseModel]]
) -> dict[str, Any]:
    """Return the OpenAPI document of an application.

    Args:
        app: The application.
        routes: All of its routes.
        lines: Types of the lines of NDJSON replies, which FastAPI does not see.
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
    wholes = [json_of(kind) for kind in bodies if NDJSON in kind.media_types]
    schemas |= _schemas([*bodies, *wholes, *lines])
    schemas["Problem"] = _problem_schema()
    for name, examples in EXAMPLES.items():
        schemas[name]["examples"] = examples
    document["tags"] = [{"name": name, "description": text} for name, text in _TAGS.items()]
    document["components"]["securitySchemes"] = {_KEY: _KEY_SCHEME}
    for route in described:
        for method in route.methods or ():
            _complete(document["paths"][route.path][method.lower()], route)
    return document


def _complete(operation: dict[str, Any], route: APIRoute) -> None:
    """Add the scopes and the request body of a route to its operation."""
    scopes = policy_of(route).scopes
    operation["security"] = [] if scopes is None else [{_KEY: sorted(scopes)}]
    if (kind := policy_of(route).body) is not None:
        content = {media_type: _content(kind, media_type) for media_type in kind.media_types}
        operation["requestBody"] = {"required": True, "content": content}
        if parameters := list(_parameters(kind)):
            operation.setdefault("parameters", []).extend(parameters)


def _content(kind: type[Body], media_type: str) -> dict[str, Any]:
    if media_type == NDJSON:
        content: dict[str, Any] = ndjson_content(kind.__name__, EXAMPLES)[NDJSON]
        return content
    if media_type == FORM:
        return {"schema": schema_ref(_form_name(kind))}
    return {"schema": schema_ref((json_of(kind) if NDJSON in kind.media_types else kind).__name__)}


def _parameters(kind: type[Body]) -> Iterator[dict[str, Any]]:
    """Yield the parameters for headers that the service reads as fields of the body.

    Every call reads X-Request-ID. Only calls with several bodies describe it: what
    openapi-python-client makes of these cannot be imported without an optional parameter.
    """
    for name, annotation in kind.headers.items():
        schema = TypeAdapter(annotation).json_schema()
        parameter = {"name": name, "in": "header", "description": schema.pop("description")}
        yield parameter | {"schema": schema}
    if len(kind.media_types) > 1:
        yield _REQUEST_ID


def _schemas(kinds: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """Return the schemas of types and of the types they contain, forms included."""
    types = list(kinds)
    _, definitions = models_json_schema([(k, "validation") for k in types], ref_template=REFS)
    schemas: dict[str, Any] = definitions["$defs"]
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            _describe_default(field)
    for kind in types:
        if issubclass(kind, Body) and FORM in kind.media_types:
            schemas[_form_name(kind)] = _form_schema(kind, schemas[kind.__name__])
    return schemas


def _describe_default(field: dict[str, Any]) -> None:
    """Move the default of a field into its description, except null, which says nothing.

    For openapi-typescript, callers must send every field of a schema that has a default.
    """
    default = field.pop("default", None)
    if default is not None:
        described = f"{field['description']} " if "description" in field else ""
        field["description"] = f"{described}Default: `{json.dumps(default)}`."


def _form_name(kind: type[Body]) -> str:
    return kind.__name__.removesuffix("In") + "Form"


def _form_schema(kind: type[Body], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a form: with the file, and without null, which a form cannot hold."""
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
    field_error = {
        "type": "object",
        "properties": {"field": text, "message": text},
        "required": ["field", "message"],
    }
    verdict = {"enum": list(get_args(HealthStatus))}
    checks = {"type": "object", "properties": dict.fromkeys(ops.Checks.model_fields, verdict)}
    return {
        "title": "Problem",
        "type": "object",
        "description": "An error (RFC 9457). Branch on `code`; `detail` is a sentence for people.",
        "required": ["type", "title", "status", "code", "detail", "request_id"],
        "properties": {
            "type": {"const": "about:blank"},
            "title": text,
            "status": {"type": "integer"},
            "code": {"type": "string", "examples": ["track_not_found"]},
            "detail": text,
            "request_id": text,
            "errors": {"type": "array", "items": field_error},
            "checks": checks | {"description": "With `not_ready`: the result of each check."},
        },
        "examples": [_PROBLEM_EXAMPLE],
    }


def _codes() -> str:
    lines = [f"- `{code}` ({status})" for status, code in codes()]
    return "\n".join(["Every error is a `Problem` with one of these codes:", "", *lines])
