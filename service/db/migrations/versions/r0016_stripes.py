"""Let writers of labels on PostgreSQL go on beside each other: no row that all of them change."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_KEY = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
_SUMS = ("n_users", "n", "h", "p", "nn", "hh", "pp", "hn", "pn", "hp")


def upgrade() -> None:
    """Spread the sums over users over several rows, and drop the counter of the votes' changes."""
    _make_again(sa.Column("stripe", sa.SmallInteger, primary_key=True, server_default="0"))
    op.drop_table("votes")


def downgrade() -> None:
    """Add up the sums, and count the votes' changes on from the last one."""
    _make_again()
    votes = op.create_table(
        "votes",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    last = sa.text("SELECT coalesce(max(revision), 0) FROM track_votes")
    op.bulk_insert(votes, [{"id": 1, "revision": op.get_bind().scalar(last)}])


def _make_again(*stripe: sa.Column[int]) -> None:
    op.rename_table("tally", "tally_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX tally_pkey RENAME TO tally_before_pkey")
    op.create_table(
        "tally",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("key", _KEY, primary_key=True),
        *stripe,
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _SUMS),
        sqlite_with_rowid=False,
    )
    summed = ", ".join(f"sum({name})" for name in _SUMS)
    op.execute(
        f"INSERT INTO tally (kind, key, {', '.join(_SUMS)}) "  # noqa: S608  # made of constants
        f"SELECT kind, key, {summed} FROM tally_before GROUP BY kind, key"
    )
    op.drop_table("tally_before")
