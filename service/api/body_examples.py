"""Examples of all bodies by the names of their types, and references to their schemas."""

import json
from typing import Any

from pydantic import BaseModel

from service.api.examples import OF_REQUESTS, Examples
from service.api.reply_examples import OF_REPLIES
from service.http.body import NDJSON

EXAMPLES: Examples = {**OF_REQUESTS, **OF_REPLIES}
REFS = "#/components/schemas/{model}"


def schema_ref(name: str) -> dict[str, str]:
    """Return a reference to a schema of the description."""
    return {"$ref": REFS.format(model=name)}


def lines_of(kind: type[BaseModel]) -> dict[str, Any]:
    """Return the content of an NDJSON body whose lines are of this type."""
    lines = "".join(f"{json.dumps(line)}\n" for line in EXAMPLES[kind.__name__])
    return {NDJSON: {"schema": schema_ref(kind.__name__), "example": lines}}
