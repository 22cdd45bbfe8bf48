"""Validation errors as sentences that name the field, the value and the bound."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.http.errors import FieldError, InvalidRequestError

MAX_ERRORS = 20
"""Number of listed errors; the rest is only counted, because there can be thousands."""

_SHOWN_CHARACTERS = 60
_RULES = {
    "model_type": "an object is needed",
    "model_attributes_type": "an object is needed",
    "dict_type": "an object is needed",
    "is_instance_of": "a file is needed",
}
"""Rules by pydantic's type of error, where its own sentence names a class."""
_REWORDED = (
    (r"(, unable to parse| after validation, not) .*$", ""),
    (r"^(Input|String|List) should ", "it must "),
    ("greater than or equal to", "at least"),
    ("less than or equal to", "at most"),
)
"""Patterns in pydantic's sentences, which speak of inputs and strings, and what replaces them."""


def invalid_request(
    errors: Sequence[Mapping[str, Any]],
    *,
    at: Iterable[str | int] = (),
    skip: int = 0,
    known: Sequence[str] = (),
) -> InvalidRequestError:
    """Return an error that lists pydantic's first errors and counts all.

    Args:
        errors: The result of ``ValidationError.errors()``.
        at: Path of the validated part in the body.
        skip: Number of leading parts of a location to drop, such as FastAPI's ``query``.
        known: Fields of the validated part, to name where it has another.
    """
    field_errors = [
        _validation_message(error, (*at, *error["loc"][skip:]), known)
        for error in errors[:MAX_ERRORS]
    ]
    return InvalidRequestError(field_errors, n_errors=len(errors))


def path_of(location: Iterable[str | int]) -> str:
    """Return a location in a body as a path.

    >>> path_of(["labels", 3, "valence"])
    'labels[3].valence'
    """
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{_clean(part)}"
    return path.removeprefix(".")


def describe_value(value: object) -> str:
    """Return a value for an error message, shortened.

    >>> describe_value("a" * 1000)
    '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…" (1000 characters)'
    >>> describe_value([1, 2]), describe_value(None)
    ('a list of 2', 'null')
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, Mapping):
        return "an object"
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)[:_SHOWN_CHARACTERS]
    return "a file"


def _text(value: str) -> str:
    if len(value) <= _SHOWN_CHARACTERS:
        return json.dumps(value, ensure_ascii=False)
    head = json.dumps(value[:_SHOWN_CHARACTERS], ensure_ascii=False)
    return f'{head[:-1]}…" ({len(value)} characters)'


def _validation_message(
    error: Mapping[str, Any], location: Iterable[str | int], known: Sequence[str]
) -> FieldError:
    field = path_of(location)
    subject = field or "The body"
    if error["type"] == "missing":
        return FieldError(field, f"{subject} is missing.")
    if error["type"] == "extra_forbidden":
        others = f"; known are {_listed(known)}" if known and len(error["loc"]) == 1 else ""
        return FieldError(field, f"{subject} is not a known field{others}.")
    rule = _RULES.get(error["type"]) or _reworded(error["msg"].removeprefix("Value error, "))
    if not field:  # a rule about several fields, which is a sentence already
        return FieldError(field, rule)
    return FieldError(field, f"{subject} is {describe_value(error['input'])}: {_lowered(rule)}.")


def _reworded(rule: str) -> str:
    for pattern, plain in _REWORDED:
        rule = re.sub(pattern, plain, rule)
    return rule


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _lowered(rule: str) -> str:
    return rule[:1].lower() + rule[1:].rstrip(".")


def _clean(name: str) -> str:
    # The client chooses the names of unknown fields.
    return name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}…"
