"""The headers that a client sends with every request: its name and its API key."""

import os
from collections.abc import Mapping

import httpx

from attune_client.version import __version__


def request_headers(key: str | None, extra: Mapping[str, str] | None) -> httpx.Headers:
    """Return the headers of every request.

    Args:
        key: The API key; None: the environment variable ``ATTUNE_KEY``, if set.
        extra: The caller's own headers, which take precedence.

    Raises:
        ValueError: The key holds a character that no key has; the message does not show the key.
    """
    headers = httpx.Headers({"User-Agent": f"attune-client/{__version__}"})
    key = (os.environ.get("ATTUNE_KEY", "") if key is None else key).strip()
    if key:
        # httpx rejects such a key too, but its message shows the whole key.
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise ValueError("the API key holds a character that no key has")
        headers["Authorization"] = f"Bearer {key}"
    headers.update(extra)
    return headers
