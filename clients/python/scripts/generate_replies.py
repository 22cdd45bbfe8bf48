"""Generate attune_client/replies.py: the contract's replies as dataclasses."""  # noqa: INP001  # a script, in no package

import json
import keyword
import re
import textwrap
from pathlib import Path
from typing import Any

import click

CONTRACT = Path(__file__).parents[2] / "openapi.json"
MODULE = Path(__file__).parents[1] / "attune_client/replies.py"

# Schemas with another name in the client.
NAMES = {
    "AskedTrack": "Query",
    "AxisDifference": "Spread",
    "Coordinate": "Estimate",
    "CrowdCount": "UserCount",
    "CurvePiece": "Step",
    "DayCount": "Day",
    "Density": "Expected",
    "DifferentTrack": "TrackDifference",
    "EffectMove": "Move",
    "ImportOut": "ImportReply",
    "LoggedLabel": "LabelEvent",
    "Modality": "str",  # not an enum: a newer service may add values
    "ModelCalibration": "Calibration",
    "ModelCandidate": "Candidate",
    "ModelInfo": "Model",
    "ModelReload": "Reload",
    "OwnConsistency": "Consistency",
    "PairedForecasts": "Paired",
    "PictureDifference": "Difference",
    "PlacedLabel": "StandingLabel",
    "PrequentialHits": "Prequential",
    "QueryOut": "QueryReply",
    "RankOut": "RankReply",
    "UpdateEffect": "Effect",
    "UpdateOut": "UpdateReply",
}
# Required fields with a default, since an older service does not send them.
DEFAULTS = {
    "ImportReply": {"older": "0", "n_unregistered": "0", "unregistered": "()"},
    "LabelEvent": dict.fromkeys(("cant_tell", "retracted", "is_random", "is_repeat"), "False"),
    "Latency": dict.fromkeys(("p50_s", "p95_s", "p99_s"), "None"),
    "Model": {"calibration": "None"},
    "Prediction": {"segments": "()", "notices": "()"},
    "Query": dict.fromkeys(("is_random", "is_repeat"), "False"),
    "Share": dict.fromkeys(("value", "low", "high"), "None"),
    "StrategyAccuracy": {"strategy": "None"},
    "User": {"n_cant_tell": "0"},
}
SCALARS = {"boolean": "bool", "integer": "int", "number": "float", "string": "str"}
FORMATS = {"date": "date", "date-time": "datetime"}  # of strings
QUADRANT = {"$ref": "#/components/schemas/Quadrant"}
HEAD = '''\
# Generated from clients/openapi.json by `make openapi`; do not edit.
"""The service's replies, by its contract; null is None.

Fields that a newer service adds are ignored. A field with a default may be missing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

Distribution = dict[str, float]
"""Probability of `Q1` to `Q4`; sums to 1."""
'''
Schema = dict[str, Any]


def module(contract: Schema) -> str:
    """Return the module's text: a class for each schema in successful replies."""
    operations = (each for path in contract["paths"].values() for each in path.values())
    responses = (each for operation in operations for each in operation["responses"].items())
    replies = [response for status, response in responses if status.startswith("2")]
    found: dict[str, Schema] = {}
    _collect(replies, contract["components"]["schemas"], found)
    named = {NAMES.get(name, name): schema for name, schema in found.items()}
    classes = [_class(name, schema) for name, schema in named.items() if name != "str"]
    return "\n\n".join([HEAD, *classes])


def _collect(part: object, schemas: Schema, found: dict[str, Schema]) -> None:
    """Add the schemas that ``part`` refers to, each after its own references."""
    for name in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(part)):
        if name not in found:
            _collect(schemas[name], schemas, found)
            found[name] = schemas[name]


def _class(name: str, schema: Schema) -> str:
    description = schema["description"]
    docstring = f'"""{description}\n"""' if "\n" in description else f'"""{description}"""'
    if "enum" in schema:
        head, body = f"class {name}(StrEnum):", [f'{each} = "{each}"' for each in schema["enum"]]
    else:
        head, body = f"@dataclass(frozen=True, slots=True)\nclass {name}:", _fields(name, schema)
    return head + "\n" + textwrap.indent("\n".join([docstring, "", *body]), " " * 4) + "\n"


def _fields(name: str, schema: Schema) -> list[str]:
    """Return the declarations of a class's fields, fields without a default first."""
    required, defaults = schema.get("required", ()), DEFAULTS.get(name, {})
    declared = [
        _field(field, described, defaults.get(field) if field in required else "None")
        for field, described in schema["properties"].items()
    ]
    return [text for _, text in sorted(declared, key=lambda field: field[0])]


def _field(name: str, schema: Schema, default: str | None) -> tuple[bool, str]:
    """Return whether a field has a default, and its declaration."""
    kind = _type(schema)
    if default == "None" or kind.endswith(" | None"):
        kind, default = f"{kind.removesuffix(' | None')} | None", "None"
    text = f"{name}{'_' * keyword.iskeyword(name)}: {kind}" + (f" = {default}" if default else "")
    if "description" in schema:
        text += "\n" + textwrap.fill(f'"""{schema["description"]}"""', width=95)
    return default is not None, text


def _type(schema: Schema) -> str:
    match schema:
        case {"$ref": str(ref)}:
            name = ref.rpartition("/")[2]
            return NAMES.get(name, name)
        case {"anyOf": [one, {"type": "null"}]}:
            return f"{_type(one)} | None"
        case {"items": items}:
            return f"tuple[{_type(items)}, ...]"
        case {"propertyNames": of, "additionalProperties": {"type": "number", "maximum": 1}} if (
            of == QUADRANT
        ):
            return "Distribution"
        case {"additionalProperties": values}:
            return f"dict[str, {'object' if values is True else _type(values)}]"
        case {"type": str(name)} if name in SCALARS:
            return FORMATS.get(schema.get("format", ""), SCALARS[name])
    raise ValueError(f"{schema} has no Python type here yet")


@click.command()
@click.option("--check", is_flag=True, help="Fail if the module differs from the contract.")
def main(*, check: bool) -> None:
    """Generate the client's reply types from the contract."""
    text = module(json.loads(CONTRACT.read_text(encoding="utf-8")))
    if not check:
        MODULE.write_text(text, encoding="utf-8")
    elif MODULE.read_text(encoding="utf-8") != text:
        raise click.ClickException(f"{MODULE} differs from the contract: run `make openapi`.")


if __name__ == "__main__":
    main()
