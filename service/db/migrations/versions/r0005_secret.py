"""A secret of the database's own, which keys the hashes of forgotten users."""

import hashlib
import hmac
from secrets import token_bytes

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_N_BYTES = 32
_PURPOSE = b"attune: hashes of forgotten users"


def upgrade() -> None:
    """Draw the secret, and hash once more with it what was keyed by the catalogue's identity.

    The identity names folders, so it is no secret. The forgotten users' ids are not stored, so the
    hash is computed from the hash.
    """
    op.add_column("catalogue", sa.Column("secret", sa.LargeBinary))
    secret = token_bytes(_N_BYTES)
    catalogue = sa.table("catalogue", sa.column("secret", sa.LargeBinary))
    op.execute(catalogue.update().values(secret=secret))
    _hash_again(hmac.digest(secret, _PURPOSE, "sha256"))


def downgrade() -> None:
    """Drop the secret: forgotten users may be registered again.

    The older release's hashes do not follow from these, so the rows would match no user.
    """
    op.execute(sa.table("forgotten_user").delete())
    op.drop_column("catalogue", "secret")


def _hash_again(key: bytes) -> None:
    users = sa.table("forgotten_user", sa.column("user_hash", sa.String))
    connection = op.get_bind()
    old = connection.scalars(sa.select(users.c.user_hash)).all()
    rows = [{"old": each, "new": _hash(each, key)} for each in old]
    change = users.update().where(users.c.user_hash == sa.bindparam("old"))
    if rows:
        connection.execute(change.values(user_hash=sa.bindparam("new")), rows)


def _hash(text: str, key: bytes) -> str:
    return hashlib.blake2b(text.encode(), key=key, digest_size=_N_BYTES).hexdigest()
