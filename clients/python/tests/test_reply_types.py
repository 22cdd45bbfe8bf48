"""The reply types that ``generate_replies.py`` makes of a contract."""

import generate_replies
import pytest

TEXT = {"type": "string"}
NULL = {"type": "null"}
QUADRANT = {"$ref": "#/components/schemas/Quadrant"}
FIELDS = {
    "maybe": {"anyOf": [{"type": "integer"}, NULL]},
    "snapshot": {**TEXT, "description": "Its version."},
    "from": {**TEXT, "format": "date"},
    "optional": {"type": "boolean"},
    "at": {"type": "array", "items": {**TEXT, "format": "date-time"}},
    "share": {
        "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
        "propertyNames": QUADRANT,
        "type": "object",
    },
    "log_odds": {"additionalProperties": {"type": "number"}, "propertyNames": QUADRANT},
    "sizes": {"additionalProperties": {"anyOf": [QUADRANT, NULL]}, "type": "object"},
    "manifest": {"additionalProperties": True, "type": "object"},
}
WRITTEN = '''

class Quadrant(StrEnum):
    """A quarter."""

    Q1 = "Q1"
    Q2 = "Q2"


@dataclass(frozen=True, slots=True)
class Model:
    """What it is.

    What else.
    """

    snapshot: str
    """Its version."""
    from_: date
    at: tuple[datetime, ...]
    share: Distribution
    log_odds: dict[str, float]
    sizes: dict[str, Quadrant | None]
    manifest: dict[str, object]
    maybe: int | None = None
    optional: bool | None = None
'''


def contract_of(reply, **properties):
    """Return a contract with one reply of these fields."""
    required = [name for name in properties if name != "optional"]
    schemas = {
        reply: {
            "description": "What it is.\n\nWhat else.",
            "required": required,
            "properties": properties,
        },
        "Quadrant": {"description": "A quarter.", "enum": ["Q1", "Q2"]},
        "Problem": {"description": "No reply of a call that succeeds.", "properties": {}},
    }
    responses = {
        "200": {"content": {"schema": {"$ref": f"#/components/schemas/{reply}"}}},
        "404": {"content": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    paths = {"/model": {"get": {"responses": responses}}}
    return {"paths": paths, "components": {"schemas": schemas}}


def test_each_field_has_the_type_of_the_contract():
    written = generate_replies.module(contract_of("ModelInfo", **FIELDS))

    assert written == generate_replies.HEAD + WRITTEN


def test_a_field_with_a_default_comes_last():
    written = generate_replies.module(
        contract_of("User", n_cant_tell={"type": "integer"}, user_id=TEXT)
    )

    assert written.endswith("    user_id: str\n    n_cant_tell: int = 0\n")


def test_a_schema_without_a_python_type_is_an_error():
    with pytest.raises(ValueError, match="has no Python type here yet"):
        generate_replies.module(
            contract_of("Either", either={"anyOf": [TEXT, {"type": "integer"}]})
        )
