"""What validation found wrong, as sentences that name the field, the value and the bound."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.http.errors import FieldError, InvalidRequestError

MAX_ERRORS = 20
"""Errors that are listed; more are only counted, since a thousand labels can hold thousands."""

_SHOWN_CHARACTERS = 60


def invalid(
    errors: Sequence[Mapping[str, Any]], *, at: Iterable[str | int] = (), skip: int = 0
) -> InvalidRequestError:
    """Return the error that names what pydantic found, and counts what it does not name.

    Args:
        errors: As ``ValidationError.errors()`` returns them.
        at: Where in the body they were found.
        skip: Leading parts of a location that are not the client's, such as FastAPI's ``query``.
    """
    field_errors = [
        _validation_message(error, (*at, *error["loc"][skip:])) for error in errors[:MAX_ERRORS]
    ]
    return InvalidRequestError(field_errors, n_errors=len(errors))


def path_of(location: Iterable[str | int]) -> str:
    """Return a location in a body as one would write it.

    >>> path_of(["labels", 3, "valence"])
    'labels[3].valence'
    """
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{_clean(part)}"
    return path.removeprefix(".")


def shown(value: object) -> str:
    """Return a value as a client would recognise it, shortened.

    >>> shown("a" * 1000)
    '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…" (1000 characters)'
    >>> shown([1, 2]), shown(None)
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


def _validation_message(error: Mapping[str, Any], location: Iterable[str | int]) -> FieldError:
    field = path_of(location)
    subject = field or "The body"
    if error["type"] == "missing":
        return FieldError(field, f"{subject} is missing.")
    if error["type"] == "extra_forbidden":
        return FieldError(field, f"{subject} is not a known field.")
    rule = error["msg"].removeprefix("Value error, ")
    if not field:  # a rule about several fields at once, already a sentence
        return FieldError(field, rule)
    return FieldError(field, f"{subject} is {shown(error['input'])}: {_lowered(rule)}.")


def _lowered(rule: str) -> str:
    return rule[:1].lower() + rule[1:].rstrip(".")


def _clean(name: str) -> str:
    # An unknown field's name comes from the client.
    return name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}…"
