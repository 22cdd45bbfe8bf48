"""The contract: one OpenAPI 3.1 description of the BentoML APIs and the resources together.

It is read off the code. BentoML describes its own half in OpenAPI 3.0, and nothing of the other.
"""

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from service.errors import CODES, MEDIA_TYPE, STATUS_CODES
from service.health import CHECKS, Verdict
from service.keys import scopes_of
from service.schemas.examples import OF_REQUESTS, Examples
from service.schemas.labels import LabelLine, LoggedLabel
from service.schemas.reply_examples import OF_REPLIES, OVERLOADED, READY
from service.schemas.requests import PredictIn, TrackIn
from service.transport.body import FORM, JSON, NDJSON, Body

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
_EXAMPLES: Examples = {**OF_REQUESTS, **OF_REPLIES}
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
"""Tags of calls, in the order in which they are shown."""
_PROBES = {
    "/livez": "Whether the process answers.",
    "/readyz": "Whether the database, the snapshot and the encoders answer.",
}


def bodies_of(kind: type[Body]) -> dict[str, Any]:
    """Return the request body of an operation that reads JSON and forms."""
    content = {
        JSON: {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}},
        FORM: {"schema": {"$ref": f"#/components/schemas/{_form_name(kind)}"}},
    }
    return {"requestBody": {"required": True, "content": content}}


def lines_of(kind: type[BaseModel]) -> dict[str, Any]:
    """Return the content of a body of which each line is this."""
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    lines = "".join(f"{json.dumps(line)}\n" for line in _EXAMPLES[kind.__name__])
    return {NDJSON: {"schema": schema, "example": lines}}


def describe(resources: FastAPI, apis: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of both halves of the service.

    Args:
        resources: The mounted application.
        apis: BentoML's API methods by name.
    """
    routes = [*(_route(api) for api in apis.values()), *resources.routes]
    document = get_openapi(
        title="Attune",
        version=VERSION,
        summary=SUMMARY,
        description=_codes(),
        routes=routes,
    )
    schemas = document["components"]["schemas"]
    for kind in (PredictIn, TrackIn):
        schemas[kind.__name__] = _schema(kind)
        schemas[_form_name(kind)] = _form_schema(kind)
    for line in (LoggedLabel, LabelLine):
        schemas[line.__name__] = _schema(line)
    schemas["Problem"] = _problem_schema()
    for name, examples in _EXAMPLES.items():
        schemas[name]["examples"] = examples
    for path, meaning in _PROBES.items():
        document["paths"][path] = {"get": _probe(path, meaning)}
    document["tags"] = [{"name": name, "description": said} for name, said in _TAGS.items()]
    document["components"]["securitySchemes"] = {_KEY: _KEY_SCHEME}
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            call["tags"] = [_tag(path)]
            needed = scopes_of(method.upper(), path)
            call["security"] = [] if needed is None else [{_KEY: sorted(needed)}]
    return document


def _tag(path: str) -> str:
    """Return the tag of a path: the noun that it begins with, where that has a tag.

    >>> _tag("/predict_batch"), _tag("/tracks/{track_id}/audio"), _tag("/livez")
    ('predict', 'tracks', 'operations')
    """
    noun = path.split("/")[1].partition("_")[0]
    return noun if noun in _TAGS else "operations"


def _route(api: Any) -> APIRoute:  # BentoML's API methods carry no types
    signature = inspect.signature(api.func)
    (kind,) = [p.annotation for name, p in signature.parameters.items() if name != "self"]
    takes_forms = FORM in kind.media_types
    return APIRoute(
        api.route,
        _stub(None if takes_forms else kind),
        methods=["POST"],
        name=api.name,
        operation_id=api.name,
        description=inspect.getdoc(api.func),
        response_model=signature.return_annotation,
        openapi_extra=_headers_of(kind) | (bodies_of(kind) if takes_forms else {}),
        responses=PROBLEMS,
    )


def _headers_of(kind: type[Body]) -> dict[str, Any]:
    """Return the parameters of an operation that reads some headers as fields."""
    parameters = []
    for name, of in kind.headers.items():
        schema = TypeAdapter(of).json_schema()
        told = {"name": name, "in": "header", "description": schema.pop("description")}
        parameters.append(told | {"schema": schema})
    return {"parameters": parameters} if parameters else {}


def _stub(kind: type[Body] | None) -> Callable[..., None]:
    """Return a function, never called, whose signature says what FastAPI is to describe."""

    def stub(**_: object) -> None: ...

    body = inspect.Parameter("body", inspect.Parameter.KEYWORD_ONLY, annotation=kind)
    stub.__signature__ = inspect.Signature([body] if kind else [])  # type: ignore[attr-defined]
    return stub


def _schema(kind: type[BaseModel]) -> dict[str, Any]:
    return kind.model_json_schema(ref_template="#/components/schemas/{model}")


def _form_name(kind: type[Body]) -> str:
    return kind.__name__.removesuffix("In") + "Form"


def _form_schema(kind: type[Body]) -> dict[str, Any]:
    """Return the schema of a form: with the file, and without null, which a form cannot say."""
    schema = _schema(kind)
    example = _EXAMPLES[_form_name(kind)][0]
    fields = {
        name: _not_null(field) | ({"examples": [example[name]]} if name in example else {})
        for name, field in schema["properties"].items()
        if name not in _NOT_IN_FORMS
    }
    return schema | {"title": _form_name(kind), "properties": {"audio": _FILE, **fields}}


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
    verdict = {"enum": list(get_args(Verdict))}
    return {"type": "object", "properties": dict.fromkeys(CHECKS, verdict)}


def _probe(path: str, meaning: str) -> dict[str, Any]:
    yes: dict[str, Any] = {"description": "Yes."}
    if path == "/readyz":
        told = {"status": {"const": "ready"}, "checks": _checks_schema()}
        schema = {
            "type": "object",
            "required": list(told),
            "properties": told,
            "examples": [READY],
        }
        yes |= {"content": {"application/json": {"schema": schema}}}
    return {
        "summary": path.strip("/").capitalize(),
        "description": meaning,
        "operationId": path.strip("/"),
        "responses": {"200": yes, "5XX": PROBLEMS["5XX"]},
    }


def _codes() -> str:
    coded = {(int(status), code) for status, code in CODES.values()}
    coded |= {(status, code) for status, (code, _) in STATUS_CODES.items()}
    lines = [f"- `{code}` ({status})" for status, code in sorted(coded)]
    return "\n".join(["Every error is a `Problem` with one of these codes:", "", *lines])
