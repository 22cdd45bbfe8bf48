"""The API key that a client shows with every request."""

import os

ENVIRONMENT = "ATTUNE_KEY"


def authorization(key: str | None) -> dict[str, str]:
    """Return the header that shows a key; that of the environment if none is given.

    Raises:
        ValueError: It holds a character that no key has; it is not shown.
    """
    shown = os.environ.get(ENVIRONMENT, "") if key is None else key
    shown = shown.strip()
    if not shown:
        return {}
    # httpx would complain too, and tell the whole of it.
    if not (shown.isascii() and shown.isprintable() and " " not in shown):
        raise ValueError("the key holds a character that no key has")
    return {"Authorization": f"Bearer {shown}"}
