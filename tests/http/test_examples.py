"""Every call of the contract has examples; they are valid, and the service accepts them."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
CONTRACT = json.loads((ROOT / "clients/openapi.json").read_text(encoding="utf-8"))
JSON, FORM, LINES = "application/json", "multipart/form-data", "application/x-ndjson"
FILES = {"audio/*", "application/octet-stream"}
CALLS = {
    f"{method.upper()} {path}": call
    for path, calls in CONTRACT["paths"].items()
    for method, call in calls.items()
}
"""Operations by method and path."""

ORDER = (
    "GET /livez",
    "GET /readyz",
    "GET /model",
    "POST /model/reload",
    "PUT /tracks/{track_id}",
    "GET /tracks",
    "GET /tracks/{track_id}",
    "GET /tracks/{track_id}/audio",
    "POST /predict",
    "POST /predict_batch",
    "POST /query",
    "POST /rank",
    "POST /update",
    "POST /users/{user_id}/labels",
    "GET /users",
    "GET /users/{user_id}",
    "GET /users/{user_id}/labels",
    "GET /users/{user_id}/picture",
    "GET /overview",
    "GET /metrics",
    "DELETE /tracks/{track_id}",
    "DELETE /users/{user_id}",
    "POST /users/{user_id}/readmit",
)
"""All operations in an order that works without data."""


def resolved(schema):
    """Return a schema with its reference resolved."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return CONTRACT["components"]["schemas"].get(name, schema)


def examples_of(described):
    """Return the examples of a parameter or of a body."""
    schema = resolved(described.get("schema", {}))
    return [described["example"]] if "example" in described else schema.get("examples", [])


def contents():
    """Yield every body of a request and of a success."""
    for name, call in CALLS.items():
        successes = {s: r for s, r in call["responses"].items() if s.startswith("2")}
        bodies = {"request": call.get("requestBody", {})} | successes
        for where, body in bodies.items():
            for media_type, content in body.get("content", {}).items():
                yield pytest.param(media_type, content, id=f"{name} {where} {media_type}")


def parameters():
    """Yield every parameter of every call."""
    for name, call in CALLS.items():
        for parameter in call.get("parameters", []):
            yield pytest.param(parameter, id=f"{name} {parameter['in']} {parameter['name']}")


BODIES = [case for case in contents() if case.values[0] not in FILES]
"""Bodies of all calls but files, which have no example."""

READ = {
    LINES: lambda example: [json.loads(line) for line in example.splitlines()],
    "text/plain; version=0.0.4; charset=utf-8": lambda example: [example],
}
"""Media type to the values of an example that is not JSON."""


def schema_errors(schema, value):
    """Return the errors of a value under a schema of the contract."""
    validator = Draft202012Validator({**schema, "components": CONTRACT["components"]})
    return [error.message for error in validator.iter_errors(value)]


@pytest.mark.parametrize(("media_type", "content"), BODIES)
def test_every_body_has_examples_that_are_valid(media_type, content):
    examples = examples_of(content)

    values = [
        value for each in examples for value in READ.get(media_type, lambda one: [one])(each)
    ]

    assert values
    assert [schema_errors(content.get("schema", {}), value) for value in values] == [[]] * len(
        values
    )


@pytest.mark.parametrize("parameter", parameters())
def test_every_parameter_has_an_example_that_is_valid(parameter):
    examples = examples_of(parameter)

    assert examples
    assert [schema_errors(parameter["schema"], value) for value in examples] == [[]] * len(
        examples
    )


def test_every_call_has_a_tag_that_is_described():
    described = [tag["name"] for tag in CONTRACT["tags"]]

    assert {tag for call in CALLS.values() for tag in call["tags"]} == set(described)
    assert all(len(call["tags"]) == 1 for call in CALLS.values())


def requests(name, tone):
    """Yield the requests of a call's examples as arguments of httpx."""
    call = CALLS[name]
    method, path = name.split()
    given = {kind: {} for kind in ("path", "query", "header")}
    for parameter in call.get("parameters", []):
        given[parameter["in"]][parameter["name"]] = examples_of(parameter)[0]
    whole = {
        "method": method,
        "url": path.format(**given["path"]),
        "params": given["query"],
        "headers": given["header"],
    }
    contents = call.get("requestBody", {}).get("content", {})
    sent = [
        SENT[media_type](example, tone)
        for media_type, content in contents.items()
        for example in examples_of(content)
    ]
    yield from ({**whole, **body} for body in sent or [{}])


SENT = {
    JSON: lambda example, _: {"json": example},
    LINES: lambda example, _: {"content": example, "headers": {"Content-Type": LINES}},
    FORM: lambda example, tone: {"data": example, "files": {"audio": ("tone.wav", tone)}},
}
"""Media type to the arguments that send an example; a form gets a recording."""


@pytest.mark.http
def test_every_example_can_be_sent_to_a_service_without_data(client, tone):
    replies = [
        (name, client.request(**request)) for name in ORDER for request in requests(name, tone)
    ]

    assert {name for name, _ in replies} == CALLS.keys()
    assert [(name, reply.text) for name, reply in replies if not reply.is_success] == []
