"""Completes sample replies with the fields that their types require."""

from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from attune_client import Quadrant
from attune_client.decoding import wire_name

DEFAULTS = {
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


def filled(kind: Any, given: Any) -> Any:
    """Return the JSON of a ``kind``, with defaults for missing fields.

    A new field of the contract then changes only the tests that concern it.
    """
    origin, kinds = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if given is None else filled(kinds[0], given)
    if origin is tuple:
        return [filled(kinds[0], each) for each in given]
    if origin is dict:
        return {name: filled(kinds[1], each) for name, each in given.items()}
    return _record(kind, given) if is_dataclass(kind) else given


def _record(kind: Any, given: dict[str, Any]) -> dict[str, Any]:
    hints, whole = get_type_hints(kind), dict(given)
    for field in fields(kind):
        hint, name = hints[field.name], wire_name(field.name)
        if name in given:
            whole[name] = filled(hint, given[name])
        elif field.default is MISSING:
            whole[name] = filled(hint, DEFAULTS.get(get_origin(hint) or hint, {}))
    return whole
