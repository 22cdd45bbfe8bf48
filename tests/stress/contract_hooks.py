"""What schemathesis is told about this service: its own process imports this module.

Identifiers drawn at random hardly ever name a track, so half of the valid calls are given known
ones; and answers are held to more than the contract can say.
"""

import json
import os
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import schemathesis

from service.http.errors import MEDIA_TYPE, codes
from tests.http.guarded import SCOPES

TRACK_IDS = tuple(f"known-{number}" for number in range(4))
USER_ID = "known-listener"
KEYLESS = "TORTURE_KEYLESS"
"""Set where calls carry no key, and every answer has to say so."""

_KNOWN_CODES = {code for _, code in codes()}
_TURNS = cycle((True, False))
_TRACKS: Iterator[str] = cycle(TRACK_IDS)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: Any) -> None:
    """Give every other valid call known identifiers; none is ever deleted."""
    del context, kwargs
    is_meant = case.meta is None or case.meta.generation.mode.is_negative
    if is_meant or case.method == "DELETE" or not next(_TURNS):
        return
    case.path_parameters |= _known(case.path_parameters)
    if isinstance(case.body, dict):
        case.body |= _known(case.body)


@schemathesis.deserializer("application/x-ndjson")
def last_line(
    context: schemathesis.DeserializationContext, response: schemathesis.Response
) -> object:
    """Return one of the lines: the contract describes a line."""
    del context
    return [json.loads(line) for line in response.content.splitlines()][-1]


@schemathesis.serializer("application/x-ndjson")
def lines(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Return a body of lines: the contract describes a line, and its example is a whole body."""
    del context
    if isinstance(value, str):
        return value.encode()
    said = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(each).encode() + b"\n" for each in said)


@schemathesis.check
def errors_have_one_shape(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Every refusal is a problem with a code that is known, under the id that the log knows."""
    del context, case
    if response.status_code < 400:
        return
    kind = response.headers["content-type"][0]
    assert kind == MEDIA_TYPE, f"A refusal is {kind}, not {MEDIA_TYPE}."
    told = json.loads(response.content)
    assert told["code"] in _KNOWN_CODES, f"The code {told['code']} is not known."
    assert told["status"] == response.status_code, "The body says another status."
    assert [told["request_id"]] == response.headers["x-request-id"], "Two ids for one request."
    if response.status_code in {429, 503}:
        assert "retry-after" in response.headers, "It is not said when to try again."


@schemathesis.check
def needs_a_key(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Without a key, nothing but what is open to everybody is answered."""
    del context
    if KEYLESS not in os.environ or SCOPES[case.method.upper(), case.operation.path] is None:
        return
    told = f"{case.method} {case.operation.path} without a key is {response.status_code}"
    assert response.status_code == 401, f"{told}, not 401."
    assert "www-authenticate" in response.headers, f"{told}, and says not how to bring one."


def _known(named: dict[str, Any]) -> dict[str, Any]:
    """Return what takes the place of random identifiers."""
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
