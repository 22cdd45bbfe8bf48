"""How a JSON schema is told to people: its type, its bounds, its table of fields."""  # noqa: INP001  # hooks are scripts

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

HEAD = ("| field | type | default | bounds, meaning |", "|---|---|---|---|")

_BOUNDS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "`{}`",
}
_NAMES = {"integer": "integer", "number": "number", "string": "text", "boolean": "true or false"}


def table(schema: Schema) -> list[str]:
    """Return the lines of a table with a row for each field of an object."""
    needed = schema.get("required", [])
    rows = [
        row(f"`{name}`", field, is_needed=name in needed)
        for name, field in schema.get("properties", {}).items()
    ]
    return [*HEAD, *rows] if rows else []


def row(name: str, field: Schema, *, is_needed: bool) -> str:
    """Return a field's row."""
    default = f"`{_written(field['default'])}`" if "default" in field else ""
    told = [*bounds(field), *_sentences(field)]
    return _cells(name, kind(field), "needed" if is_needed else default, "; ".join(told))


def kind(schema: Schema) -> str:
    """Return what a value is, with links to schemas of their own."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(kind(option) for option in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{_written(v)}`" for v in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    return _object(schema) if schema.get("type") == "object" else _plain(schema)


def _plain(schema: Schema) -> str:
    told = schema.get("type", "any")
    return "file" if "contentMediaType" in schema else _NAMES.get(told, told)


def bounds(schema: Schema) -> list[str]:
    """Return a value's bounds, or those of what a list holds."""
    told = [text.format(_number(schema[key])) for key, text in _BOUNDS.items() if key in schema]
    for inner in _within(schema):
        told += [bound for bound in bounds(inner) if bound not in told]
    return told


def _sentences(schema: Schema) -> list[str]:
    told = [each.get("description") for each in (schema, *_within(schema))]
    return [text for text in dict.fromkeys(told) if text]


def _within(schema: Schema) -> list[Schema]:
    """Return what a value may be instead, or what a list of them holds."""
    return [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]


def _object(schema: Schema) -> str:
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping):
        keys = schema.get("propertyNames")
        return f"object: {kind(keys) if keys else 'text'} to {kind(values)}"
    return "object: " + ", ".join(f"`{name}`" for name in schema.get("properties", {}))


def _written(value: object) -> str:
    """Return a value as JSON has it, without the quotes of a text."""
    return value if isinstance(value, str) else json.dumps(_number(value))


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
