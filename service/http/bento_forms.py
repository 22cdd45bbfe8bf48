"""Forms of BentoML's own Python client, which writes every text in them as JSON.

Where a call takes a file, that client sends a form even when there is none: then one that is
URL-encoded. Nobody else's texts are read so: they stay the text they are.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from service.errors import MalformedFormError
from service.http.faults import shown
from service.http.form import MAX_PARTS

PAIRS = "application/x-www-form-urlencoded"
_CLIENT = "BentoML HTTP Client/"


def is_bentos(request: Request) -> bool:
    """Return whether BentoML's own client made a call; it knows those that are POSTs alone.

    What else it is used to send, by its ``request``, is not its own.
    """
    agent = request.headers.get("user-agent", "")
    return request.method == "POST" and agent.startswith(_CLIENT)


def read_pairs(body: bytes) -> dict[str, str]:
    """Return the fields of a form that is URL-encoded.

    >>> read_pairs(b"lyrics=%22la+la%22")
    {'lyrics': '"la la"'}

    Raises:
        MalformedFormError: It is not such a form, not UTF-8, or a field comes twice.
    """
    try:
        text = body.decode()
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MAX_PARTS,
        )
    except ValueError as error:
        raise MalformedFormError(f"The body is not a form: {error}.") from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise MalformedFormError(f"The field {shown(twice)} comes twice; once is enough.")
    return fields


def unwrapped(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with texts and lists in the place of the JSON that they were written as.

    What is null is left out; what is neither stays as it was sent, as files do.

    >>> unwrapped({"lyrics": '"la"', "user_id": "null", "audio_embedding": "[0.5, -1]"})
    {'lyrics': 'la', 'audio_embedding': [0.5, -1]}
    >>> unwrapped({"fusion": "average", "lyrics": "[Chorus] la"})
    {'fusion': 'average', 'lyrics': '[Chorus] la'}
    """
    return {name: _meant(value) for name, value in fields.items() if value != "null"}


def _meant(value: Any) -> Any:
    if not (isinstance(value, str) and value.startswith(('"', "["))):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
