"""What a row of the tables of refusals is, and how it is written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
LABEL = {"event_id": "e", "track_id": "t", "quadrant": "Q1"}

PREDICT, BATCH, QUERY, RANK, UPDATE = (
    "POST /predict",
    "POST /predict_batch",
    "POST /query",
    "POST /rank",
    "POST /update",
)
PUT = "PUT /tracks/refused"


@dataclass(frozen=True)
class Refusal:
    """A request and how it is refused; ``told`` must be in the sentence."""

    name: str
    call: str
    status: int
    code: str
    told: str = ""
    sent: Mapping[str, Any] = field(default_factory=dict)


def refused(call: str, status: int, code: str, *rows: tuple[Any, ...]) -> list[Refusal]:
    """Refusals of one call with one code; a row is a name, what is told, and what is sent."""
    return [Refusal(name, call, status, code, *rest) for name, *rest in rows]


def typed(media_type: str) -> Mapping[str, Any]:
    return {"content": b'{"lyrics": "la"}', "headers": {"Content-Type": media_type}}


def raw(body: bytes | str) -> Mapping[str, Any]:
    return {"content": body, "headers": JSON}


def form(body: bytes) -> Mapping[str, Any]:
    return {"content": body, "headers": FORM}


def part(disposition: bytes, value: bytes) -> bytes:
    return b"--b\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + value + b"\r\n"


def audio(data: bytes, **texts: str) -> Mapping[str, Any]:
    return {"files": {"audio": ("a.wav", data)}, "data": texts}


def body(**fields: Any) -> Mapping[str, Any]:
    return {"json": fields}


def label(**changes: Any) -> Mapping[str, Any]:
    kept = {key: value for key, value in (LABEL | changes).items() if value is not None}
    return {"content": json.dumps({"user_id": "u", "labels": [kept]}), "headers": JSON}
