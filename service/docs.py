"""The page at ``/docs``: the contract for people, in plain HTML."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: auto; padding: 1rem; }
h1, h2, h3, p, li, td, th { overflow-wrap: anywhere; }
h2 { border-top: 1px solid #ccc; padding-top: 1rem; }
code { background: #f2f2f2; padding: 0 .2em; }
table { border-collapse: collapse; margin: .5rem 0; }
td, th { border: 1px solid #ddd; padding: .2rem .6rem; text-align: left; vertical-align: top; }
@media (prefers-color-scheme: dark) {
  :root { color-scheme: dark; }
  body { background: #16181d; color: #ddd; } code { background: #2a2d35; } a { color: #8ab4f8; }
  td, th, h2 { border-color: #444; }
}
"""

Schema = Mapping[str, Any]


def page(document: Schema) -> str:
    """Return the page that describes an OpenAPI document."""
    return "\n".join(_page(document))


def _page(document: Schema) -> Iterator[str]:
    info = document["info"]
    title = escape(info["title"])
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
    yield '<meta name=viewport content="width=device-width, initial-scale=1">'
    yield f"<style>{_STYLE}</style><main><h1>{title} {escape(info['version'])}</h1>"
    yield f"<p>{escape(info['summary'])}</p>"
    yield '<p>For people: <a href="/">the pages</a>.</p>'
    yield '<p>For machines: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>'
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield from _operation(f"{method.upper()} {path}", operation)
    yield "<h2>Types</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield from _type(name, schema)
    yield f"<h2>Errors</h2>{_text(info['description'])}</main>"


def _operation(heading: str, operation: Schema) -> Iterator[str]:
    yield f"<h2><code>{escape(heading)}</code></h2>{_text(operation.get('description', ''))}"
    parameters = operation.get("parameters", [])
    if parameters:
        rows = [
            (f"{field['name']} ({field['in']})", field["schema"], field.get("required", False))
            for field in parameters
        ]
        yield _table(rows)
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>takes <code>{escape(media_type)}</code>: {_kind(content['schema'])}</p>"
    for status, response in operation["responses"].items():
        contents = response.get("content", {})
        kinds = [_kind(content.get("schema", {})) for content in contents.values()]
        told = " ".join([escape(response["description"]), *kinds])
        yield f"<p>answers <code>{escape(status)}</code>: {told}</p>"


def _type(name: str, schema: Schema) -> Iterator[str]:
    yield f'<h3 id="{escape(name)}">{escape(name)}</h3>{_text(schema.get("description", ""))}'
    if "enum" in schema:
        yield f"<p>{escape(', '.join(map(str, schema['enum'])))}</p>"
    required = schema.get("required", [])
    fields = schema.get("properties", {})
    if fields:
        yield _table([(field, kind, field in required) for field, kind in fields.items()])


def _table(rows: list[tuple[str, Schema, bool]]) -> str:
    lines = ["<tr><th>field<th>type<th>meaning"]
    for name, schema, is_required in rows:
        note = escape(schema.get("description", ""))
        needed = "needed. " if is_required else ""
        lines.append(f"<tr><td><code>{escape(name)}</code><td>{_kind(schema)}<td>{needed}{note}")
    return f"<table>{''.join(lines)}</table>"


def _kind(schema: Schema) -> str:
    """Return a schema's type in a few words, with its bounds."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}{_bounds(schema)}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_kind(schema['additionalProperties'])}"
    return escape(str(schema.get("type", schema.get("const", "any")))) + _bounds(schema)


def _bounds(schema: Schema) -> str:
    names = {
        "minimum": "≥",
        "maximum": "≤",
        "minItems": "items ≥",
        "maxItems": "items ≤",
        "minLength": "length ≥",
        "maxLength": "length ≤",
    }
    told = [f"{sign} {schema[name]}" for name, sign in names.items() if name in schema]
    return f" ({', '.join(told)})" if told else ""


def _text(description: str) -> str:
    """Return paragraphs and lists of our own docstrings' Markdown."""
    blocks = []
    for block in description.split("\n\n"):
        if block.startswith("- "):
            items = [f"<li>{_inline(line[2:])}" for line in block.splitlines()]
            blocks.append(f"<ul>{''.join(items)}</ul>")
        elif block:
            blocks.append(f"<p>{_inline(block)}</p>")
    return "".join(blocks)


def _inline(text: str) -> str:
    pieces = escape(text).split("`")
    marked = [f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(pieces)]
    return "".join(marked)
