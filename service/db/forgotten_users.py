"""Forgotten users, stored as a hash of the id so that the table reveals no ids.

The hash is keyed by the database's secret: two databases do not share it, and ids cannot be
guessed without the secret. It is the hash of a hash keyed by the catalogue's identity: schemas
before 0005 stored that one, and the migration could only hash it again.
"""

import hashlib
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from service.auth.key_derivation import derive_key
from service.db.tables import catalogue, forgotten_user
from service.errors import UserForgottenError

_N_BYTES = 32
_PURPOSE = b"attune: hashes of forgotten users"
_KEYS = "keys of forgotten users"
"""Key of a connection's cache for its database's two hash keys, which never change."""
_SOURCES = select(catalogue.c.identity, catalogue.c.secret)
_IS = forgotten_user.c.user_hash == bindparam("hash")
_FIND = select(forgotten_user.c.user_hash).where(_IS)
_LIFT = delete(forgotten_user).where(_IS)


def remember_forgotten(connection: Connection, user_id: str, now: datetime) -> None:
    """Record that a locked user was forgotten; repeating it has no effect."""
    user_hash = _hash(connection, user_id)
    if not _is_there(connection, user_hash):
        row = {"user_hash": user_hash, "forgotten_at": now}
        connection.execute(insert(forgotten_user), row)


def refuse_forgotten(connection: Connection, user_id: str) -> None:
    """Refuse a locked user who was forgotten.

    Raises:
        UserForgottenError: The user was forgotten.
    """
    if _is_there(connection, _hash(connection, user_id)):
        raise UserForgottenError(user_id)


def lift_forgotten(connection: Connection, user_id: str) -> None:
    """Delete the record of a locked user, if there is one."""
    connection.execute(_LIFT, {"hash": _hash(connection, user_id)})


def _hash(connection: Connection, user_id: str) -> str:
    if _KEYS not in connection.info:
        connection.info[_KEYS] = _keys(connection)
    inner, outer = connection.info[_KEYS]
    return _keyed(_keyed(user_id, inner), outer)


def _keys(connection: Connection) -> tuple[bytes, bytes]:
    identity, secret = connection.execute(_SOURCES).one()
    return identity.encode(), derive_key(secret, _PURPOSE)


def _keyed(text: str, key: bytes) -> str:
    return hashlib.blake2b(text.encode(), key=key, digest_size=_N_BYTES).hexdigest()


def _is_there(connection: Connection, user_hash: str) -> bool:
    return connection.execute(_FIND, {"hash": user_hash}).first() is not None
