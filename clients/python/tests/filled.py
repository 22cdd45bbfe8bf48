"""Replies with every field that their types ask for."""

from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from attune_client import Quadrant
from attune_client.decoding import wire_name

SOMETHING = {
    bool: False,
    date: "2026-01-02",
    datetime: "2026-01-02T03:04:05+00:00",
    dict: {},
    float: 0.0,
    int: 0,
    Quadrant: "Q1",
    str: "",
    tuple: [],
}


def filled(kind: Any, told: Any) -> Any:
    """Return the JSON of a ``kind`` as it was told, with something for what was left out.

    So a field that the contract gains needs no mention in a test that is not about it.
    """
    origin, kinds = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if told is None else filled(kinds[0], told)
    if origin is tuple:
        return [filled(kinds[0], each) for each in told]
    if origin is dict:
        return {name: filled(kinds[1], each) for name, each in told.items()}
    return _record(kind, told) if is_dataclass(kind) else told


def _record(kind: Any, told: dict[str, Any]) -> dict[str, Any]:
    hints, whole = get_type_hints(kind), dict(told)
    for field in fields(kind):
        hint, name = hints[field.name], wire_name(field.name)
        if name in told:
            whole[name] = filled(hint, told[name])
        elif field.default is MISSING:
            whole[name] = filled(hint, SOMETHING.get(get_origin(hint) or hint, {}))
    return whole
