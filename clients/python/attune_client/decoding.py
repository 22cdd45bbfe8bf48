"""Decodes JSON into dataclasses: checks the known fields and ignores new ones."""

import json
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import EnumType
from functools import cache
from types import UnionType
from typing import Any, Never, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
# Any, here and below: type hints have no better static type at run time.
Reader = Callable[[Any], Any]


class DecodeError(ValueError):
    """A reply differs from the contract; the message names the field and the value."""


def parse(text: str | bytes) -> object:
    """Return the JSON value in ``text``.

    Raises:
        DecodeError: It is not JSON, or it holds NaN or an infinity.
    """
    try:
        return json.loads(text, parse_constant=_reject_constant)
    except ValueError as error:
        raise DecodeError(f"expected JSON, got {text[:80]!r}: {error}") from error


def decode(kind: type[T], value: object, at: str = "reply") -> T:
    """Return a JSON value as a ``kind``.

    >>> from attune_client.errors import FieldError
    >>> decode(FieldError, {"field": "n", "message": "It is too large.", "new": "ignored"})
    FieldError(field='n', message='It is too large.')

    Raises:
        DecodeError: A field is missing or has another type.
    """
    hint: Any = kind  # mypy does not know that every type is hashable
    decoded: T = _read(_reader(hint), value, at)
    return decoded


def wire_name(name: str) -> str:
    """Return a field's name in JSON, which may be a Python keyword.

    >>> wire_name("from_")
    'from'
    """
    return name.removesuffix("_")


def _read(reader: Reader, value: object, at: str) -> Any:
    """Return the decoded value; put its path before the message of an error."""
    try:
        return reader(value)
    except DecodeError as error:
        raise DecodeError(f"{at}{error}") from error.__cause__


@cache
def _reader(kind: Any) -> Reader:
    """Return a reader for a type; cached, since resolving type hints is slow."""
    if kind is object:
        return lambda value: value
    if is_dataclass(kind):
        return _record(kind)
    if isinstance(kind, EnumType):
        return _converted(kind, kind)
    if kind in (date, datetime):
        return _converted(kind, kind.fromisoformat)
    if (origin := get_origin(kind)) is not None:
        return _CONTAINERS[origin](_reader(get_args(kind)[origin is dict]))
    return _scalar(kind)


def _scalar(kind: type) -> Reader:
    def read(value: object) -> object:
        if type(value) is kind:  # not isinstance: True is not a number here
            return value
        if kind is float and type(value) is int:  # JSON writes 1.0 as 1
            return float(value)
        raise _wrong(kind, value)

    return read


def _converted(kind: type, convert: Callable[[str], object]) -> Reader:
    def read(value: object) -> object:
        text = read_text(value)
        try:
            return convert(text)
        except ValueError as error:
            raise _wrong(kind, value) from error

    read_text = _scalar(str)
    return read


def _record(kind: Any) -> Reader:
    def read(value: object) -> object:
        if not isinstance(value, dict):
            raise _wrong(kind, value)
        return kind(
            **{
                name: _read(reader, value[wire], f".{wire}")
                for name, wire, reader, default in known
                if wire in value or _required(wire, default)
            }
        )

    hints = get_type_hints(kind)
    known = [
        (field.name, wire_name(field.name), _reader(hints[field.name]), field.default)
        for field in fields(kind)
    ]
    return read


def _required(wire: str, default: object) -> bool:
    if default is MISSING:
        raise DecodeError(f".{wire} is missing")
    return False


def _optional(reader: Reader) -> Reader:
    return lambda value: None if value is None else reader(value)


def _tuple(reader: Reader) -> Reader:
    def read(value: object) -> object:
        if not isinstance(value, list):
            raise _wrong(list, value)
        return tuple(_read(reader, entry, f"[{i}]") for i, entry in enumerate(value))

    return read


def _dict(reader: Reader) -> Reader:
    def read(value: object) -> object:
        if not isinstance(value, dict):
            raise _wrong(dict, value)
        return {key: _read(reader, entry, f".{key}") for key, entry in value.items()}

    return read


_CONTAINERS: dict[Any, Callable[[Reader], Reader]]
_CONTAINERS = {UnionType: _optional, tuple: _tuple, dict: _dict}


def _wrong(kind: type, value: object) -> DecodeError:
    return DecodeError(f": expected {kind.__name__}, got {value!r:.80}")


def _reject_constant(name: str) -> Never:
    raise ValueError(f"{name} is not a number")
