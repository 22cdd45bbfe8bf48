"""Derivation of keys for several purposes from one secret."""

import hmac


def derive_key(secret: bytes, purpose: bytes) -> bytes:
    """Return the key for a purpose (32 bytes): HMAC-SHA256 of the purpose under the secret.

    A derived key reveals neither the secret nor another derived key.
    """
    return hmac.digest(secret, purpose, "sha256")
