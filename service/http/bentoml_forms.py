"""Forms of BentoML's own Python client, which writes every text in them as JSON.

Where a call takes a file, that client sends a form even when there is none: then one that is
URL-encoded. Nobody else's texts are read so: they stay the text they are.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from service.http.errors import MalformedFormError
from service.http.multipart import MAX_PARTS, MAX_TEXT_BYTES
from service.http.strict_json import is_overfull
from service.http.validation_errors import shown

PAIRS = "application/x-www-form-urlencoded"
_CLIENT = "BentoML HTTP Client/"
_PIECES = re.compile(rb"(?:%[0-9A-Fa-f]{2}|.){1,4096}+", re.DOTALL)
"""Pieces of a URL-encoded text; none ends within an escape."""


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
        MalformedFormError: It is not such a form, not UTF-8, has too many or too long fields, or
            a field comes twice.
    """
    if body.count(b"&") >= MAX_PARTS:
        raise MalformedFormError(f"The form has more than {MAX_PARTS} fields.")
    try:
        pairs = [_pair(each) for each in body.split(b"&")] if body else []
    except ValueError as error:
        raise MalformedFormError(f"The body is not a form: {error}.") from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise MalformedFormError(f"The field {shown(twice)} comes twice; once is enough.")
    return fields


def _pair(written: bytes) -> tuple[str, str]:
    name, equals, value = written.partition(b"=")
    if not equals:
        raise ValueError(f"{shown(written.decode('latin-1'))} is no field")
    return _decoded(name), _decoded(value)


def _decoded(written: bytes) -> str:
    text = bytearray()
    # In pieces: `unquote_to_bytes` makes objects of 65 bytes for each byte that is escaped.
    for piece in _PIECES.finditer(written.replace(b"+", b" ")):
        text += unquote_to_bytes(piece[0])
        if len(text) > MAX_TEXT_BYTES:
            raise MalformedFormError(f"A field is longer than {MAX_TEXT_BYTES} bytes of text.")
    return text.decode()


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
    if is_overfull(value.encode()):  # no list of numbers or ids
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
