"""Keys for several purposes, derived from one secret."""

import hmac


def derive_key(secret: bytes, purpose: bytes) -> bytes:
    """Return the key for a purpose (32 bytes): HMAC-SHA256 of it under the secret.

    Whoever knows the key for one purpose learns neither the secret nor another key.
    """
    return hmac.digest(secret, purpose, "sha256")
