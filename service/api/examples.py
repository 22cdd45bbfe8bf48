"""Values that the examples of several wire types share: one user who labels one track.

The examples are consistent and can be sent to a service without data: register the track, predict,
query, rank, update, show the user. Each ``schemas.py`` holds those of its own types by the name of
the schema. :mod:`service.api.openapi` adds them to the document, because FastAPI drops every null
of examples in a model's configuration.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.config import JsonDict

from service.http.body import BINARY, NDJSON

Examples = Mapping[str, Sequence[JsonDict]]
"""By the name of a schema; documentation pages show the first."""

TRACK_ID = "demo-battle-theme"
USER_ID = "ana"
LYRICS = "Steel on steel and drums of war, we ride until the morning comes"
MOMENT = "2026-04-08T19:30:00Z"
NAMES: JsonDict = {"title": "Battle Theme", "artist": "Attune"}
MODEL: JsonDict = {"snapshot": "5662bc4947fa"}
PERSONAL: JsonDict = {"user_id": USER_ID, "n_labels": 1, "used": False}
EXPECTED: JsonDict = {
    "valence": {"mean": -0.21, "sd": 0.33},
    "arousal": {"mean": 0.38, "sd": 0.3},
}
ANSWER: JsonDict = {
    "track_id": TRACK_ID,
    "quadrant": "Q2",
    "valence": -0.4,
    "arousal": 0.8,
    "liking": 4,
    "familiarity": 1,
    "created_at": MOMENT,
}
SHARES: JsonDict = {
    "personal": {"n": 20, "hits": 13, "value": 0.65, "low": 0.433, "high": 0.819},
    "population": {"n": 20, "hits": 11, "value": 0.55, "low": 0.342, "high": 0.742},
}

FILE_CONTENT: JsonDict = {"schema": {"type": "string", "format": "binary"}}
"""OpenAPI content of a body that is a file."""

REFS = "#/components/schemas/{model}"


def schema_ref(name: str) -> dict[str, str]:
    """Return a reference to a schema of the OpenAPI document."""
    return {"$ref": REFS.format(model=name)}


def ndjson_content(name: str, examples: Examples) -> dict[str, Any]:
    """Return the OpenAPI content of an NDJSON body whose lines follow the schema *name*.

    The same lines may be sent as a file, because few client generators know NDJSON.
    """
    lines = "".join(f"{json.dumps(line)}\n" for line in examples[name])
    return {NDJSON: {"schema": schema_ref(name), "example": lines}, BINARY: FILE_CONTENT}
