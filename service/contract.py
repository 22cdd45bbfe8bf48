"""The contract: one OpenAPI 3.1 description of the BentoML APIs and the resources together.

It is read off the code. BentoML describes its own half in OpenAPI 3.0, and nothing of the other.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

from service.errors import CODES, MEDIA_TYPE, STATUS_CODES
from service.schemas.replies import LoggedLabel
from service.schemas.requests import PredictIn, TrackIn
from service.transport.body import FORM, JSON, Body

VERSION = "0.1.0"
"""Of the contract, by semantic versioning."""

SUMMARY = "Tells what music feels like to one listener; asks about what it would learn most from."

_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "The request was refused.", **_PROBLEM},
    "5XX": {"description": "The service is at fault, or busy.", **_PROBLEM},
}
"""How any call may end otherwise."""

_FILE = {
    "type": "string",
    "contentMediaType": "application/octet-stream",
    "description": "wav, flac, ogg (Vorbis, Opus), mp3, m4a or aac.",
}
_PROBES = {
    "/livez": "Whether the process answers.",
    "/readyz": "Whether the models are loaded and the database answers.",
}


def bodies_of(kind: type[Body]) -> dict[str, Any]:
    """Return the request body of an operation that reads JSON and forms."""
    content = {
        JSON: {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}},
        FORM: {"schema": {"$ref": f"#/components/schemas/{_form_name(kind)}"}},
    }
    return {"requestBody": {"required": True, "content": content}}


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
    schemas[LoggedLabel.__name__] = _schema(LoggedLabel)
    schemas["Problem"] = _problem_schema()
    for path, meaning in _PROBES.items():
        document["paths"][path] = {"get": _probe(path, meaning)}
    return document


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
        openapi_extra=bodies_of(kind) if takes_forms else None,
        responses=PROBLEMS,
    )


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
    fields = {name: _not_null(field) for name, field in schema["properties"].items()}
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
        },
    }


def _probe(path: str, meaning: str) -> dict[str, Any]:
    return {
        "summary": path.strip("/").capitalize(),
        "description": meaning,
        "operationId": path.strip("/"),
        "responses": {"200": {"description": "Yes."}, "5XX": PROBLEMS["5XX"]},
    }


def _codes() -> str:
    coded = {(int(status), code) for status, code in CODES.values()}
    coded |= {(status, code) for status, (code, _) in STATUS_CODES.items()}
    lines = [f"- `{code}` ({status})" for status, code in sorted(coded)]
    return "\n".join(["Every error is a `Problem` with one of these codes:", "", *lines])
