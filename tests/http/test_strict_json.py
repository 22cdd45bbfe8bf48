"""The bound on what a body may hold: counted as it is read, and wide enough for every call."""

import json

import pytest

from service.api.predict import requests
from service.api.update import schemas
from service.api.users import log_schemas
from service.http.body import Body
from service.http.errors import MalformedJsonError
from service.http.strict_json import MAX_NODES, is_overfull, read_json

LONG = " " * MAX_NODES
"""Makes a body so long that its parts are counted."""


def resources_of(value):
    """Count the objects, lists and texts of a value."""
    match value:
        case dict():
            return 1 + len(value) + sum(map(resources_of, value.values()))
        case list():
            return 1 + sum(map(resources_of, value))
        case str():
            return 1
        case _:
            return 0


def most_parts_of(schema, defined):
    """Count the objects, lists and texts of the largest value that follows a JSON schema."""
    match schema:
        case {"$ref": name}:
            return most_parts_of(defined[name.rpartition("/")[2]], defined)
        case {"anyOf": kinds}:
            return max(most_parts_of(kind, defined) for kind in kinds)
        case {"type": "object", "properties": fields}:
            return 1 + sum(1 + most_parts_of(each, defined) for each in fields.values())
        case {"type": "array", "items": item, "maxItems": most}:
            return 1 + most * most_parts_of(item, defined)
        case {"type": "number" | "integer" | "boolean" | "null"}:
            return 0
        case {"type": "string"}:
            return 1
    raise AssertionError(schema)


def kinds(of):
    return [of, *(kind for each in of.__subclasses__() for kind in kinds(each))]


MODULES = {module.__name__ for module in (requests, schemas, log_schemas)}
BODIES = [kind for kind in kinds(Body) if kind.__module__ in MODULES]

PIECES = [
    {},
    [],
    "",
    0,
    -1.5e9,
    True,
    None,
    "{[:,]}",
    'a "quoted" word',
    "\\",
    '\\"',
    "é 漢 🎵",
    {"": {"a": [[], "b"], '"': "\\\\"}},
]


@pytest.mark.parametrize("kind", BODIES, ids=lambda kind: kind.__name__)
def test_the_largest_body_of_every_call_may_be_sent(kind):
    schema = kind.model_json_schema()

    assert most_parts_of(schema, schema.get("$defs", {})) < MAX_NODES


@pytest.mark.parametrize("piece", PIECES, ids=json.dumps)
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_as_many_parts_as_are_read_are_read_and_one_more_is_not(piece, ensure_ascii):
    pieces = [piece] * 50
    n_rest = MAX_NODES - resources_of({"a": pieces})
    most = {"a": pieces + [""] * n_rest}
    too_many = {"a": [*pieces, *([""] * (n_rest + 1))]}
    assert resources_of(most) == MAX_NODES

    def written(value):
        return (LONG + json.dumps(value, ensure_ascii=ensure_ascii)).encode()

    assert read_json(written(most)) == most
    with pytest.raises(MalformedJsonError, match="more than 32768 objects, lists and texts"):
        read_json(written(too_many))


def test_parts_in_a_text_are_not_counted():
    lyrics = '{["' * MAX_NODES

    assert read_json(json.dumps({"lyrics": lyrics}).encode()) == {"lyrics": lyrics}


@pytest.mark.parametrize(
    "text",
    [
        b'"' + b'\\"' * (4 * MAX_NODES),
        b'"' * (2 * MAX_NODES) + b'"\\' + b"[" * MAX_NODES,
    ],
    ids=["quotes", "texts"],
)
def test_what_comes_behind_the_end_of_the_json_is_not_counted(text):
    assert not is_overfull(text)


def test_many_parts_before_the_end_of_the_json_are_counted():
    assert is_overfull(b"[" * (MAX_NODES + 1) + b'"')
