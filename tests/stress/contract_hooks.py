"""Hooks and checks of schemathesis, whose process imports this module.

Random identifiers hardly ever name a track, so half of the valid calls receive known ones. Two
checks require more of answers than the contract can say.
"""

import json
import os
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import schemathesis

from service.http.errors import MEDIA_TYPE, codes
from tests.http.authorized_service import SCOPES

TRACK_IDS = tuple(f"known-{number}" for number in range(4))
USER_ID = "known-listener"
KEYLESS = "STRESS_KEYLESS"
"""Set where calls carry no key and have to be refused."""

_KNOWN_CODES = {code for _, code in codes()}
_TURNS = cycle((True, False))
_TRACKS: Iterator[str] = cycle(TRACK_IDS)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: Any) -> None:
    """Give every other valid call known identifiers, except to delete."""
    del context, kwargs
    is_invalid = case.meta is None or case.meta.generation.mode.is_negative
    if is_invalid or case.method == "DELETE" or not next(_TURNS):
        return
    case.path_parameters |= _known(case.path_parameters)
    if isinstance(case.body, dict):
        case.body |= _known(case.body)


@schemathesis.deserializer("application/x-ndjson")
def last_line(
    context: schemathesis.DeserializationContext, response: schemathesis.Response
) -> object:
    """Return the last line: the contract describes a line."""
    del context
    return [json.loads(line) for line in response.content.splitlines()][-1]


@schemathesis.serializer("application/x-ndjson")
def lines(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Return a body of lines: the contract describes a line, and its example is a whole body."""
    del context
    if isinstance(value, str):
        return value.encode()
    values = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(each).encode() + b"\n" for each in values)


@schemathesis.check
def errors_have_one_shape(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Require of every error a known code and the request id that the log has."""
    del context, case
    if response.status_code < 400:
        return
    kind = response.headers["content-type"][0]
    assert kind == MEDIA_TYPE, f"An error is {kind}, not {MEDIA_TYPE}."
    problem = json.loads(response.content)
    assert problem["code"] in _KNOWN_CODES, f"The code {problem['code']} is not known."
    assert problem["status"] == response.status_code, "The body has another status."
    assert [problem["request_id"]] == response.headers["x-request-id"], "Two ids for one request."
    if response.status_code in {429, 503}:
        assert "retry-after" in response.headers, "Retry-After is missing."


@schemathesis.check
def needs_a_key(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Require 401 without a key, except of open routes."""
    del context
    if KEYLESS not in os.environ or SCOPES.get((case.method.upper(), case.operation.path)) is None:
        return
    call = f"{case.method} {case.operation.path} without a key is {response.status_code}"
    assert response.status_code == 401, f"{call}, not 401."
    assert "www-authenticate" in response.headers, f"{call} without WWW-Authenticate."


def _known(named: dict[str, Any]) -> dict[str, Any]:
    """Return the known values of identifiers."""
    known = {
        "track_id": lambda _: next(_TRACKS),
        "user_id": lambda _: USER_ID,
        "track_ids": lambda ids: [next(_TRACKS) for _ in ids],
        "labels": lambda labels: [{**label, "track_id": next(_TRACKS)} for label in labels],
    }
    return {
        name: known[name](value)
        for name, value in named.items()
        if name in known and value is not None
    }
