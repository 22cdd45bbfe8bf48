"""JSON as it is read here: an object, no key twice, no NaN, little nesting, not too many parts.

Objects, lists and texts cost many times the bytes that write them, so they are counted before
anything is built. Numbers are not: embeddings hold many, and they cost little.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from service.http.errors import MalformedJsonError
from service.http.validation_errors import path_of, shown

MAX_DEPTH = 16
"""Of objects and lists within each other; no call needs more than three."""
MAX_NODES = 32_768
"""Objects, lists and texts, names among them, in one body."""

_TOO_DEEP = f"is nested more than {MAX_DEPTH} deep"
_NESTING = frozenset({dict, list})
_OVERFULL = re.compile(
    # Possessive, so that no byte is looked at twice.
    rb'(?:[^"\[{]*+(?:[\[{]|"(?:[^"\\]++|\\.)*+")){%d}+' % (MAX_NODES + 1),
    re.DOTALL,
)


def read_json(body: bytes, name: str = "The body") -> dict[str, Any]:
    """Return the object that a body, or a part of it, holds; ``name`` is what errors call it.

    Raises:
        MalformedJsonError: It is not UTF-8, not JSON, not an object, holds NaN or infinity, a key
            twice, too many objects, lists and texts, or is nested too deeply.
    """
    if is_overfull(body):
        message = f"{name} holds more than {MAX_NODES} objects, lists and texts; send less."
        raise MalformedJsonError(message)
    value = _read(body, name)
    if not isinstance(value, dict):
        raise MalformedJsonError(f"{name} is {shown(value)}; an object is needed.")
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise MalformedJsonError(f"{name} {_TOO_DEEP}.")
    return value


def is_overfull(text: bytes) -> bool:
    """Return whether a text holds more than ``MAX_NODES`` objects, lists and texts.

    What is not JSON is counted up to where it stops being JSON, which is as far as it is read.
    """
    if len(text) <= MAX_NODES:
        return False
    n_most = text.count(b"{") + text.count(b"[") + text.count(b'"') // 2  # texts may hold some
    return n_most > MAX_NODES and _OVERFULL.match(text) is not None


def _read(body: bytes, name: str) -> Any:
    first: list[_Constant] = []

    def noted(constant: str) -> _Constant | None:
        if first:  # one is enough to refuse; a body could hold millions
            return None
        first.append(_Constant(constant))
        return first[0]

    try:
        value = json.loads(body.decode("utf-8"), parse_constant=noted, object_pairs_hook=_object)
    except RecursionError as error:
        raise MalformedJsonError(f"{name} {_TOO_DEEP}.") from error
    except ValueError as error:
        raise MalformedJsonError(f"{name} is not JSON: {error}.") from error
    if first:
        place = path_of(_way_to(first[0], value)) or name
        raise MalformedJsonError(f"{place} is {first[0].name}, which is not a number in JSON.")
    return value


def _depth(value: dict[str, Any]) -> int:
    """Return how deep objects and lists are nested, up to one more than is read."""
    level: list[Any] = [value]
    depth = 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [inner for outer in level for inner in _nested(outer)]
    return depth


def _nested(outer: Any) -> Iterable[Any]:
    """Return the objects and lists directly within one."""
    members = outer.values() if isinstance(outer, dict) else outer
    if _NESTING.isdisjoint(map(type, members)):  # most are; lists of numbers are long
        return ()
    return [inner for inner in members if isinstance(inner, dict | list)]


@dataclass(frozen=True, slots=True, eq=False)
class _Constant:
    """A NaN or an infinity, which Python's reader takes for JSON."""

    name: str


def _way_to(wanted: _Constant, value: Any) -> tuple[str | int, ...]:
    """Return the keys and places that lead to a constant; none where it is the whole."""
    way: list[str | int] = []
    within = [_members(value)]
    while within:
        for key, inner in within[-1]:
            if inner is wanted:
                return (*way, key)
            if isinstance(inner, dict | list):
                way.append(key)
                within.append(_members(inner))
                break
        else:
            within.pop()
            way[-1:] = []
    return ()


def _members(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return iter(value.items())
    return iter(enumerate(value if isinstance(value, list) else ()))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise MalformedJsonError(f"The key {shown(twice)} comes twice in one object.")
    return value
