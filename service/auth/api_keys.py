"""API keys: what one looks like, what it may do, and who holds one.

A key is written ``attune_<id>_<secret>``. The id is no secret; of the secret only a digest is
kept. It is drawn with 256 bits from the system, so a fast digest is as good as a slow one.
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
_WRITTEN = re.compile(rf"{_PREFIX}_([a-z2-7]{{{_ID_CHARACTERS}}})_([A-Za-z0-9_-]{{43}})")
_NOBODYS = hashlib.sha256(secrets.token_bytes(_SECRET_BYTES)).digest()
"""Compared with where there is no key of an id, so that this takes as long as a wrong secret."""


UNSEEN_PROXIES = (
    "A reverse proxy or a tunnel on this machine that adds no header is not recognised: "
    "make a key before you use one."
)
HOW_TO_REQUIRE_KEYS = "Make a key: python -m service keys make NAME --scopes predict,label"


class Scope(StrEnum):
    """What a key may be used for."""

    PREDICT = "predict"
    LABEL = "label"
    ADMIN = "admin"


Scopes = frozenset[Scope]

ADMIN: Scopes = frozenset({Scope.ADMIN})
PREDICT: Scopes = ADMIN | {Scope.PREDICT}
LABEL: Scopes = ADMIN | {Scope.LABEL}
EVERY_SCOPE: Scopes = frozenset(Scope)
"""Scopes of which a call needs one; every call is open to admin."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept.

    Attributes:
        key_id: The part of it that is no secret.
        name: Whose it is, in the operator's words.
        digest: SHA-256 of the secret.
        rate: Requests a second, or None where the service's own limit holds.
        revoked_at: When it was taken back, or None while it is good.
        user_id: The only user whom its holder may name; None for anybody.
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
        """Whether it was taken back."""
        return self.revoked_at is not None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment at which its secret is known.

    Attributes:
        written: What its holder sends; kept nowhere.
    """

    key: Key
    written: str


def make_key(
    name: str, scopes: Scopes, rate: float | None, now: datetime, user_id: str | None = None
) -> NewKey:
    """Return a new key, drawn by the operating system's CSPRNG.

    Raises:
        AdminForOneError: It would be for one user, and may do what concerns all of them.
    """
    if user_id is not None and Scope.ADMIN in scopes:
        raise AdminForOneError(user_id)
    drawn = base64.b32encode(secrets.token_bytes(_ID_BYTES)).decode().lower()
    key_id, secret = drawn[:_ID_CHARACTERS], secrets.token_urlsafe(_SECRET_BYTES)
    key = Key(key_id, name, scopes, _digest(secret), rate, now, user_id=user_id)
    return NewKey(key, f"{_PREFIX}_{key_id}_{secret}")


class ApiKeyCache:
    """The keys as one worker knows them, in memory; bears several threads.

    Args:
        read_all: Returns every key that was ever made.
    """

    def __init__(self, read_all: Callable[[], Sequence[Key]]) -> None:
        self._read_all = read_all
        self._known: Mapping[str, Key] = {}
        self.read()

    @property
    def requires_keys(self) -> bool:
        """Whether a key was ever made: then everybody needs one, also when all are revoked."""
        return bool(self._known)

    @property
    def n_good(self) -> int:
        """How many keys are not revoked."""
        return sum(not key.is_revoked for key in self._known.values())

    def read(self) -> None:
        """Learn which keys there are now.

        Raises:
            StoreUnavailableError: They cannot be read; what was known stays known.
        """
        self._known = {key.key_id: key for key in self._read_all()}

    def require_good(self, key_id: str) -> None:
        """Make sure that a key that was shown before is good still.

        Raises:
            KeyRevokedError: It was taken back, or is not there any more.
        """
        key = self._known.get(key_id)
        if key is None or key.is_revoked:
            raise KeyRevokedError(key_id)

    def admit(self, authorization: str, needed: Scopes) -> None:
        """Make sure that a request may go on that came while there was no key.

        Args:
            authorization: As for `holder`.
            needed: As for `holder`.

        Raises:
            AccessError: A key was made, and the request shows none that suffices.
        """
        if self.requires_keys:
            self.holder(authorization, needed)

    def holder(self, authorization: str, needed: Scopes) -> Key:
        """Return the key that a request shows.

        Args:
            authorization: The header of this name; empty where there is none.
            needed: Scopes of which one suffices.

        Raises:
            KeyNeededError: There is none.
            KeyMalformedError: There is something that is no key.
            KeyUnknownError: There is no such key, or its secret is another.
            KeyRevokedError: It was taken back.
            ScopeMissingError: It may do other things, but not this.
        """
        if not authorization:
            raise KeyNeededError
        kind, _, written = authorization.partition(" ")
        shown = _WRITTEN.fullmatch(written.strip(" "))
        if kind.lower() != "bearer" or shown is None:
            raise KeyMalformedError
        key_id, secret = shown.groups()
        key = self._known.get(key_id)
        # An unknown id takes the same way as a wrong secret, and is told the same.
        is_right = hmac.compare_digest(_digest(secret), key.digest if key else _NOBODYS)
        if key is None or not is_right:
            raise KeyUnknownError
        if key.is_revoked:
            raise KeyRevokedError(key_id)
        if key.scopes.isdisjoint(needed):
            raise ScopeMissingError(key_id, sorted(key.scopes), sorted(needed))
        return key


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("ascii")).digest()
