"""The description at ``/schema.json``, which BentoML's own client reads before its first call."""

from collections.abc import Mapping
from typing import Any

from service.http.body import FORM, JSON

Schema = Mapping[str, Any]


def bentoml_schema(document: Schema) -> dict[str, Any]:
    """Return BentoML's description of a service, from its OpenAPI document.

    BentoML's client offers a method for each POST call whose path is one word. It recognises
    files by BentoML's own type ``file``.
    """
    schemas = document["components"]["schemas"]
    return {
        "name": "attune",
        "type": "service",
        "description": document["info"]["summary"],
        "paths": {path: {"mounted": False} for path in document["paths"]},
        "routes": [
            _route(path, calls["post"], schemas)
            for path, calls in document["paths"].items()
            if path.count("/") == 1 and "post" in calls
        ],
    }


def _route(path: str, call: Schema, schemas: Schema) -> dict[str, Any]:
    content = call["requestBody"]["content"]
    body = _resolved(content[JSON]["schema"], schemas)
    if FORM in content:
        body["properties"]["audio"] = {"type": "file"}
    reply = call["responses"]["200"]["content"][JSON]["schema"]
    return {
        "name": call["operationId"],
        "route": path,
        "doc": call["description"],
        "batchable": False,
        "input": body,
        "output": _resolved(reply, schemas),
        "is_task": False,
    }


def _resolved(schema: Any, schemas: Schema) -> Any:
    """Return a schema with each reference replaced by the schema it names."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            return _resolved(schemas[schema["$ref"].rpartition("/")[2]], schemas)
        return {name: _resolved(value, schemas) for name, value in schema.items()}
    return [_resolved(each, schemas) for each in schema] if isinstance(schema, list) else schema
