"""API keys in the database; every change notifies all workers."""

from sqlalchemy import Row, bindparam, insert, select, update

from service.auth.api_keys import Key, Scope
from service.clock import Clock
from service.db.database import Database
from service.db.notifications import announce
from service.db.tables import api_key
from service.errors import KeyNotFoundError

_ALL = select(api_key).order_by(api_key.c.created_at, api_key.c.key_id)
_ONE = select(api_key).where(api_key.c.key_id == bindparam("wanted"))
_REVOKE = (
    update(api_key)
    .where(api_key.c.key_id == bindparam("wanted"), api_key.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)


class ApiKeys:
    """Stores API keys, with a digest instead of the secret."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def all(self) -> list[Key]:
        """Return all keys, oldest first."""
        with self._database.read() as connection:
            return [_key(row) for row in connection.execute(_ALL)]

    def add(self, key: Key) -> None:
        """Store a new key, and notify all workers."""
        with self._database.write() as connection:
            connection.execute(
                insert(api_key).values(
                    key_id=key.key_id,
                    name=key.name,
                    digest=key.digest.hex(),
                    scopes=",".join(sorted(key.scopes)),
                    rate=key.rate,
                    created_at=key.created_at,
                    revoked_at=key.revoked_at,
                    user_id=key.user_id,
                )
            )
            announce(connection, "keys")

    def revoke(self, key_id: str) -> Key:
        """Revoke a key, and notify all workers; return it. A second call changes nothing.

        Raises:
            KeyNotFoundError: There is no key with this id.
        """
        with self._database.write() as connection:
            revoked = connection.execute(_REVOKE, {"wanted": key_id, "now": self._clock()})
            row = connection.execute(_ONE, {"wanted": key_id}).one_or_none()
            if row is None:
                raise KeyNotFoundError(key_id)
            if revoked.rowcount:
                announce(connection, "keys")
        return _key(row)


def _key(row: Row[tuple[object, ...]]) -> Key:
    return Key(
        key_id=row.key_id,
        name=row.name,
        scopes=frozenset(Scope(name) for name in row.scopes.split(",")),
        digest=bytes.fromhex(row.digest),
        rate=row.rate,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        user_id=row.user_id,
    )
