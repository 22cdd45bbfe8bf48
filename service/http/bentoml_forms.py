"""Forms of BentoML's own Python client, which encodes each text field as JSON.

For a call that takes a file, the client sends a form even without a file, then URL-encoded. Fields
of other clients are read as plain text.
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
from service.http.validation_errors import describe_value

PAIRS = "application/x-www-form-urlencoded"
_CLIENT = "BentoML HTTP Client/"
_CHUNKS = re.compile(rb"(?:%[0-9A-Fa-f]{2}|.){1,4096}+", re.DOTALL)
"""Chunks of a URL-encoded text; none ends within an escape."""


def is_bentoml_client(request: Request) -> bool:
    """Return whether BentoML's own client encoded the request; it does so only for POST."""
    agent = request.headers.get("user-agent", "")
    return request.method == "POST" and agent.startswith(_CLIENT)


def read_pairs(body: bytes) -> dict[str, str]:
    """Return the fields of a URL-encoded form.

    >>> read_pairs(b"lyrics=%22la+la%22")
    {'lyrics': '"la la"'}

    Raises:
        MalformedFormError: The body is no such form, is not UTF-8, has too many or too long
            fields, or a field comes twice.
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
        raise MalformedFormError(f"The field {describe_value(twice)} comes twice; once is enough.")
    return fields


def _pair(text: bytes) -> tuple[str, str]:
    name, equals, value = text.partition(b"=")
    if not equals:
        raise ValueError(f"{describe_value(text.decode('latin-1'))} is not a field")
    return _decoded(name), _decoded(value)


def _decoded(encoded: bytes) -> str:
    text = bytearray()
    # In chunks: `unquote_to_bytes` allocates 65 bytes for each escaped byte.
    for chunk in _CHUNKS.finditer(encoded.replace(b"+", b" ")):
        text += unquote_to_bytes(chunk[0])
        if len(text) > MAX_TEXT_BYTES:
            raise MalformedFormError(f"A field is longer than {MAX_TEXT_BYTES} bytes.")
    return text.decode()


def unwrap_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with JSON texts and lists decoded.

    Null fields are left out; other values, such as files, stay unchanged.

    >>> unwrap_json({"lyrics": '"la"', "user_id": "null", "audio_embedding": "[0.5, -1]"})
    {'lyrics': 'la', 'audio_embedding': [0.5, -1]}
    >>> unwrap_json({"fusion": "average", "lyrics": "[Chorus] la"})
    {'fusion': 'average', 'lyrics': '[Chorus] la'}
    """
    return {name: _unwrap(value) for name, value in fields.items() if value != "null"}


def _unwrap(value: Any) -> Any:
    if not (isinstance(value, str) and value.startswith(('"', "["))):
        return value
    if is_overfull(value.encode()):  # no list of numbers or ids
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
