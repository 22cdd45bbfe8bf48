"""JSON into the dataclasses of this package: strict about what is there, blind to what is new."""

import json
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from enum import EnumType
from functools import cache
from types import UnionType
from typing import Any, Never, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


_MOMENTS = (date, datetime)


class DecodeError(ValueError):
    """A reply is not what the contract says; the message names the place and the value."""


def parse(text: str | bytes) -> object:
    """Return the JSON value in ``text``.

    Raises:
        DecodeError: It is not JSON, or holds NaN or an infinity.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise DecodeError(f"expected JSON, got {text[:80]!r}: {error}") from error


def decode(kind: type[T], value: object, at: str = "reply") -> T:
    """Return ``value``, as JSON gave it, as a ``kind``.

    >>> from attune_client.predictions import Estimate
    >>> decode(Estimate, {"mean": 1, "sd": 0.5, "new": "ignored"})
    Estimate(mean=1.0, sd=0.5)

    Raises:
        DecodeError: A field is missing or has another type.
    """
    decoded: T = _decode(kind, value, at)
    return decoded


# Any, here and below: type hints at run time have no better static type.
def _decode(kind: Any, value: object, at: str) -> Any:
    if kind is object:
        return value
    if is_dataclass(kind):
        return _record(kind, value, at)
    if isinstance(kind, EnumType) or kind in _MOMENTS:
        return _from_text(kind, value, at)
    if (origin := get_origin(kind)) is not None:
        return _CONTAINERS[origin](get_args(kind), value, at)
    # JSON writes 1.0 as 1; and to Python, but not to us, True is a number
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise _wrong(kind, value, at)
    return kind(value)


def _record(kind: Any, value: object, at: str) -> Any:
    known = _mapping(kind, value, at)
    hints = _hints(kind)
    return kind(
        **{
            field.name: _decode(hints[field.name], known[name], f"{at}.{name}")
            for field in fields(kind)
            if (name := wire_name(field.name)) in known or _required(field, at)
        }
    )


def wire_name(name: str) -> str:
    """Return what a field is called on the wire, where names may be Python's own words.

    >>> wire_name("from_")
    'from'
    """
    return name.removesuffix("_")


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _required(field: Field[Any], at: str) -> bool:
    if field.default is MISSING:
        raise DecodeError(f"{at}.{wire_name(field.name)} is missing")
    return False


def _from_text(kind: Any, value: object, at: str) -> Any:
    text = _decode(str, value, at)
    try:
        return kind.fromisoformat(text) if kind in _MOMENTS else kind(text)
    except ValueError as error:
        raise _wrong(kind, value, at) from error


def _optional(kinds: tuple[Any, ...], value: object, at: str) -> Any:
    return None if value is None else _decode(kinds[0], value, at)


def _tuple(kinds: tuple[Any, ...], value: object, at: str) -> Any:
    if not isinstance(value, list):
        raise _wrong(list, value, at)
    return tuple(_decode(kinds[0], entry, f"{at}[{i}]") for i, entry in enumerate(value))


def _dict(kinds: tuple[Any, ...], value: object, at: str) -> Any:
    return {
        key: _decode(kinds[1], entry, f"{at}.{key}")
        for key, entry in _mapping(dict, value, at).items()
    }


_CONTAINERS: dict[Any, Callable[[tuple[Any, ...], object, str], Any]] = {
    UnionType: _optional,
    tuple: _tuple,
    dict: _dict,
}


def _mapping(kind: Any, value: object, at: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong(kind, value, at)
    return value


def _wrong(kind: Any, value: object, at: str) -> DecodeError:
    return DecodeError(f"{at}: expected {kind.__name__}, got {value!r:.80}")


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not a number")
