"""JSON schemas as Markdown: type, bounds, table of fields."""  # noqa: INP001  # hooks are scripts

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
    notes = [*bounds(field), *_sentences(field)]
    return _cells(name, kind(field), "needed" if is_needed else default, "; ".join(notes))


def kind(schema: Schema) -> str:
    """Return a value's type, with a link if it is a named schema."""
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
    name = schema.get("type", "any")
    return "file" if "contentMediaType" in schema else _NAMES.get(name, name)


def bounds(schema: Schema) -> list[str]:
    """Return the bounds of a value, or of a list's items."""
    found = [text.format(_number(schema[key])) for key, text in _BOUNDS.items() if key in schema]
    for inner in _within(schema):
        found += [bound for bound in bounds(inner) if bound not in found]
    return found


def _sentences(schema: Schema) -> list[str]:
    texts = [each.get("description") for each in (schema, *_within(schema))]
    return [text for text in dict.fromkeys(texts) if text]


def _within(schema: Schema) -> list[Schema]:
    """Return a value's alternatives, or the schema of a list's items."""
    return [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]


def _object(schema: Schema) -> str:
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping):
        keys = schema.get("propertyNames")
        return f"object: {kind(keys) if keys else 'text'} to {kind(values)}"
    return "object: " + ", ".join(f"`{name}`" for name in schema.get("properties", {}))


def _written(value: object) -> str:
    """Return a value as JSON; a text without quotes."""
    return value if isinstance(value, str) else json.dumps(_number(value))


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
