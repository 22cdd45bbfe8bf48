"""What BentoML's own client reads before its first call: the calls by name, at /schema.json."""

from collections.abc import Mapping
from typing import Any

from service.http.body import FORM, JSON

Schema = Mapping[str, Any]


def schema_of(document: Schema) -> dict[str, Any]:
    """Return BentoML's description of a service, from its OpenAPI document.

    That client makes a method of each call whose path is one word and whose method is POST. It
    sends files by the type ``file``, which is BentoML's own.
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
    taken = _whole(content[JSON]["schema"], schemas)
    if FORM in content:
        taken["properties"]["audio"] = {"type": "file"}
    reply = call["responses"]["200"]["content"][JSON]["schema"]
    return {
        "name": call["operationId"],
        "route": path,
        "doc": call["description"],
        "batchable": False,
        "input": taken,
        "output": _whole(reply, schemas),
        "is_task": False,
    }


def _whole(schema: Any, schemas: Schema) -> Any:
    """Return a schema with what it refers to in its place."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            return _whole(schemas[schema["$ref"].rpartition("/")[2]], schemas)
        return {name: _whole(value, schemas) for name, value in schema.items()}
    return [_whole(each, schemas) for each in schema] if isinstance(schema, list) else schema
