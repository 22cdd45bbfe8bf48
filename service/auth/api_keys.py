"""API keys: format, scopes, and the cache of known keys.

A key is written ``attune_<id>_<secret>``. The id is public. The database stores only a digest of
the secret, which has 256 random bits, so a fast digest is as safe as a slow one.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.errors import (
    AdminForOneError,
    KeyMalformedError,
    KeyNeededError,
    KeyRevokedError,
    KeyUnknownError,
    ScopeMissingError,
)

_PREFIX = "attune"
_ID_BYTES = 8
_ID_CHARACTERS = 12
_SECRET_BYTES = 32
_KEY = re.compile(rf"{_PREFIX}_([a-z2-7]{{{_ID_CHARACTERS}}})_([A-Za-z0-9_-]{{43}})")
_NO_DIGEST = hashlib.sha256(secrets.token_bytes(_SECRET_BYTES)).digest()
"""Digest to compare with for an unknown id, so that this takes as long as a wrong secret."""


UNSEEN_PROXIES = (
    "A reverse proxy or a tunnel on this machine that adds no header is not recognised: "
    "make a key before you use one."
)
HOW_TO_REQUIRE_KEYS = "Make a key: python -m service keys make NAME --scopes predict,label"


class Scope(StrEnum):
    """What a key permits."""

    PREDICT = "predict"
    LABEL = "label"
    ADMIN = "admin"


Scopes = frozenset[Scope]

ADMIN: Scopes = frozenset({Scope.ADMIN})
PREDICT: Scopes = ADMIN | {Scope.PREDICT}
LABEL: Scopes = ADMIN | {Scope.LABEL}
EVERY_SCOPE: Scopes = frozenset(Scope)
"""Sets of scopes; a call needs one of its set, and ``admin`` is in every set."""


@dataclass(frozen=True, slots=True)
class Key:
    """A stored API key.

    Attributes:
        key_id: The public part.
        name: The operator's name for the key.
        digest: SHA-256 of the secret.
        rate: Rate limit in requests per second; None for the service's default.
        revoked_at: When the key was revoked; None while it is valid.
        user_id: The only user that requests with the key may name; None for any user.
    """

    key_id: str
    name: str
    scopes: Scopes
    digest: bytes
    rate: float | None
    created_at: datetime
    revoked_at: datetime | None = None
    user_id: str | None = None

    @property
    def is_revoked(self) -> bool:
        """Whether the key was revoked."""
        return self.revoked_at is not None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key with its secret, which is stored nowhere.

    Attributes:
        written: The text that a client sends.
    """

    key: Key
    written: str


def make_key(
    name: str, scopes: Scopes, rate: float | None, now: datetime, user_id: str | None = None
) -> NewKey:
    """Return a new key; use the operating system's CSPRNG.

    Raises:
        AdminForOneError: The key is for one user and has the scope admin.
    """
    if user_id is not None and Scope.ADMIN in scopes:
        raise AdminForOneError(user_id)
    encoded = base64.b32encode(secrets.token_bytes(_ID_BYTES)).decode().lower()
    key_id, secret = encoded[:_ID_CHARACTERS], secrets.token_urlsafe(_SECRET_BYTES)
    key = Key(key_id, name, scopes, _digest(secret), rate, now, user_id=user_id)
    return NewKey(key, f"{_PREFIX}_{key_id}_{secret}")


class ApiKeyCache:
    """The keys that one worker knows, in memory; thread-safe.

    Args:
        read_all: Returns every key that was ever made.
    """

    def __init__(self, read_all: Callable[[], Sequence[Key]]) -> None:
        self._read_all = read_all
        self._known: Mapping[str, Key] = {}
        self.read()

    @property
    def requires_keys(self) -> bool:
        """Whether a key was ever made; then every caller needs one, even if all are revoked."""
        return bool(self._known)

    def read(self) -> None:
        """Read the keys from the database.

        Raises:
            StoreUnavailableError: The database is unavailable; the cache stays as it was.
        """
        self._known = {key.key_id: key for key in self._read_all()}

    def require_valid(self, key_id: str) -> None:
        """Check that a key that was valid before is still valid.

        Raises:
            KeyRevokedError: The key was revoked or deleted.
        """
        key = self._known.get(key_id)
        if key is None or key.is_revoked:
            raise KeyRevokedError(key_id)

    def require_access(self, authorization: str, needed: Scopes) -> None:
        """Check that a request that was accepted before the first key was made may go on.

        Args:
            authorization: As for `authenticate`.
            needed: As for `authenticate`.

        Raises:
            AccessError: A key exists now, and the request has no sufficient key.
        """
        if self.requires_keys:
            self.authenticate(authorization, needed)

    def authenticate(self, authorization: str, needed: Scopes) -> Key:
        """Return the key of a request.

        Args:
            authorization: Header Authorization; empty if absent.
            needed: Scopes of which one suffices.

        Raises:
            KeyNeededError: The header is absent.
            KeyMalformedError: The header holds no key.
            KeyUnknownError: The id is unknown, or the secret is wrong.
            KeyRevokedError: The key was revoked.
            ScopeMissingError: The key has none of the scopes.
        """
        if not authorization:
            raise KeyNeededError
        scheme, _, credentials = authorization.partition(" ")
        key_match = _KEY.fullmatch(credentials.strip(" "))
        if scheme.lower() != "bearer" or key_match is None:
            raise KeyMalformedError
        key_id, secret = key_match.groups()
        key = self._known.get(key_id)
        # An unknown id takes as long as a wrong secret, and raises the same error.
        is_right = hmac.compare_digest(_digest(secret), key.digest if key else _NO_DIGEST)
        if key is None or not is_right:
            raise KeyUnknownError
        if key.is_revoked:
            raise KeyRevokedError(key_id)
        if key.scopes.isdisjoint(needed):
            raise ScopeMissingError(key_id, sorted(key.scopes), sorted(needed))
        return key


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("ascii")).digest()
