"""Strict JSON: an object without doubled keys or NaN, of bounded depth and number of nodes.

In memory, objects, lists and texts take many times their size in JSON, so they are counted before
parsing. Numbers are not counted: embeddings hold many, and they take little memory.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from service.http.errors import MalformedJsonError
from service.http.validation_errors import describe_value, path_of

MAX_DEPTH = 16
"""Depth of nested objects and lists; no call needs more than three."""
MAX_NODES = 32_768
"""Objects, lists and texts, including keys, in one body."""

_TOO_DEEP = f"is nested more than {MAX_DEPTH} deep"
_NESTING = frozenset({dict, list})
_OVERFULL = re.compile(
    # Possessive quantifiers, so that no byte is read twice.
    rb'(?:[^"\[{]*+(?:[\[{]|"(?:[^"\\]++|\\.)*+")){%d}+' % (MAX_NODES + 1),
    re.DOTALL,
)


def read_json(body: bytes, name: str = "The body") -> dict[str, Any]:
    """Return the object in a body, or in a part of it that errors call ``name``.

    Raises:
        MalformedJsonError: It is not UTF-8, not JSON or not an object, holds NaN, infinity, a key
            twice or too many objects, lists and texts, or is nested too deeply.
    """
    if is_overfull(body):
        message = f"{name} holds more than {MAX_NODES} objects, lists and texts; send less."
        raise MalformedJsonError(message)
    value = _read(body, name)
    if not isinstance(value, dict):
        raise MalformedJsonError(f"{name} is {describe_value(value)}; an object is needed.")
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise MalformedJsonError(f"{name} {_TOO_DEEP}.")
    return value


def is_overfull(text: bytes) -> bool:
    """Return whether a text holds more than ``MAX_NODES`` objects, lists and texts.

    Invalid JSON is counted up to its first error, which is as far as the parser reads.
    """
    if len(text) <= MAX_NODES:
        return False
    n_most = (
        text.count(b"{") + text.count(b"[") + text.count(b'"') // 2
    )  # an upper bound: texts may contain them
    return n_most > MAX_NODES and _OVERFULL.match(text) is not None


def _read(body: bytes, name: str) -> Any:
    first: list[_Constant] = []

    def remember(constant: str) -> _Constant | None:
        if first:  # one is enough for an error; a body could hold millions
            return None
        first.append(_Constant(constant))
        return first[0]

    try:
        value = json.loads(
            body.decode("utf-8"), parse_constant=remember, object_pairs_hook=_object
        )
    except RecursionError as error:
        raise MalformedJsonError(f"{name} {_TOO_DEEP}.") from error
    except ValueError as error:
        raise MalformedJsonError(f"{name} is not JSON: {_reason(error)}.") from error
    if first:
        place = path_of(_location_of(first[0], value)) or name
        raise MalformedJsonError(f"{place} is {first[0].name}, which is not a number in JSON.")
    return value


def _reason(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"byte 0x{error.object[error.start]:02x} at position {error.start} is not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        # Of a byte order mark the parser says how to decode it in Python.
        return str(error).replace(" (decode using utf-8-sig)", "")
    return "a number has too many digits"


def _depth(value: dict[str, Any]) -> int:
    """Return the depth of nested objects and lists, at most ``MAX_DEPTH + 1``."""
    level: list[Any] = [value]
    depth = 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [inner for outer in level for inner in _nested(outer)]
    return depth


def _nested(outer: Any) -> Iterable[Any]:
    """Return the objects and lists directly inside one."""
    members = outer.values() if isinstance(outer, dict) else outer
    if _NESTING.isdisjoint(
        map(type, members)
    ):  # the usual case, and fast for long lists of numbers
        return ()
    return [inner for inner in members if isinstance(inner, dict | list)]


@dataclass(frozen=True, slots=True, eq=False)
class _Constant:
    """A NaN or an infinity, which Python's parser accepts."""

    name: str


def _location_of(wanted: _Constant, value: Any) -> tuple[str | int, ...]:
    """Return the keys and indices that lead to a constant; empty if it is the whole body."""
    location: list[str | int] = []
    within = [_members(value)]
    while within:
        for key, inner in within[-1]:
            if inner is wanted:
                return (*location, key)
            if isinstance(inner, dict | list):
                location.append(key)
                within.append(_members(inner))
                break
        else:
            within.pop()
            location[-1:] = []
    return ()


def _members(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return iter(value.items())
    return iter(enumerate(value if isinstance(value, list) else ()))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise MalformedJsonError(f"The key {describe_value(twice)} comes twice in one object.")
    return value
