"""The API reference, generated from the committed contract and `docs/examples.md`."""  # noqa: INP001  # hooks are scripts

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fields import HEAD, bounds, kind, row, table

Json = Mapping[str, Any]

_GROUPS = {
    "predict": "Predict",
    "predict_batch": "Predict",
    "rank": "Predict",
    "query": "Ask and learn",
    "update": "Ask and learn",
    "tracks": "Tracks",
    "users": "Listeners",
    "overview": "Statistics",
    "model": "The model",
}
_REST = "Health"
_HEAD = """\
# API reference

Generated from the contract ([`clients/openapi.json`](clients.md#any-other-language)). {summary}

- Bodies are JSON; calls that take a file also accept `multipart/form-data`. Unknown fields, NaN
  and infinity are refused.
- A call that needs a key takes it as `Authorization: Bearer attune_…`. Any one of the scopes
  beside the call suffices. As long as no key was ever made, the service answers its own machine
  without a key ([Operate](operating.md#restrict-access)).
- A *user* is a listener. Every reply has `X-Request-ID`; the service's log has it too.

{description}

| call | does | key with |
|---|---|---|
{calls}
"""


def reference(contract: Json, examples: str) -> str:
    """Return the page.

    Args:
        contract: The OpenAPI description.
        examples: Markdown with a heading for each operation's id, and its example below.
    """
    calls = list(_calls(contract))
    shown = _by_heading(examples)
    lines = [_head(contract, calls)]
    group = None
    for method, path, call in calls:
        if (found := _group(path)) != group:
            group = found
            lines += [f"## {group}", ""]
        lines += _call(method, path, call)
        lines += (
            ["Example:", "", shown[call["operationId"]], ""]
            if call["operationId"] in shown
            else []
        )
    lines += ["## Schemas", ""]
    for name, schema in sorted(contract["components"]["schemas"].items()):
        lines += [f"### {name}", "", *_schema(schema), ""]
    return "\n".join(lines)


def _calls(contract: Json) -> Iterator[tuple[str, str, Json]]:
    order = [*dict.fromkeys(_GROUPS.values()), _REST]
    found = [
        (method.upper(), path, call)
        for path, calls in contract["paths"].items()
        for method, call in calls.items()
    ]
    yield from sorted(found, key=lambda each: order.index(_group(each[1])))


def _group(path: str) -> str:
    return _GROUPS.get(path.split("/")[1], _REST)


def _head(contract: Json, calls: list[tuple[str, str, Json]]) -> str:
    rows = [
        f"| [`{method} {path}`](#{call['operationId']}) | {_sentence(call)} | {_scopes(call)} |"
        for method, path, call in calls
    ]
    about = contract["info"]
    return _HEAD.format(
        summary=about["summary"], description=about["description"], calls="\n".join(rows)
    )


def _call(method: str, path: str, call: Json) -> list[str]:
    """Return a call's part of the page."""
    anchor = f"{{ #{call['operationId']} }}"
    lines = [f"### `{method} {path}` {anchor}", "", call.get("description", ""), ""]
    lines += (
        [f"Needs a key with {_scopes(call)}.", ""] if call["security"] else ["Needs no key.", ""]
    )
    if parameters := call.get("parameters"):
        lines += [*HEAD, *(_parameter(parameter) for parameter in parameters), ""]
    for media, content in call.get("requestBody", {}).get("content", {}).items():
        lines += [f"Body, `{media}`: {kind(content.get('schema', {}))}", ""]
    for status, reply in call["responses"].items():
        lines += [] if status in {"4XX", "5XX"} else [_reply(status, reply), ""]
    return lines


def _parameter(parameter: Json) -> str:
    schema = dict(parameter["schema"])
    if description := parameter.get("description"):
        schema["description"] = description
    name = f"`{parameter['name']}` ({parameter['in']})"
    return row(name, schema, is_needed=bool(parameter.get("required")))


def _reply(status: str, reply: Json) -> str:
    content = reply.get("content", {})
    bodies = [
        f"`{media}`: {kind(of['schema'])}" if of.get("schema") else f"`{media}`"
        for media, of in content.items()
    ]
    return f"Reply {status}" + (f", {' or '.join(bodies)}" if bodies else ": nothing")


def _schema(schema: Json) -> list[str]:
    text = [schema["description"], ""] if "description" in schema else []
    rows = table(schema)
    return text + (rows or ["; ".join([kind(schema), *bounds(schema)])])


def _scopes(call: Json) -> str:
    scopes = [scope for one in call["security"] for scopes in one.values() for scope in scopes]
    return " or ".join(f"`{scope}`" for scope in scopes) or "none"


def _sentence(call: Json) -> str:
    return call.get("description", "").split("\n\n")[0].replace("\n", " ")


def _by_heading(text: str) -> dict[str, str]:
    parts = re.split(r"^## (\w+)$", text, flags=re.MULTILINE)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
