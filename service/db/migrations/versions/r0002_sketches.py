"""Add stored track features, and a revision of votes."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_LONG = ("lyrics_vector", "audio_vector", "starts_s", "ends_s", "segment_proba", "segments")


def upgrade() -> None:
    """Add track features, the identity of the database and the revision of votes."""
    op.add_column("track", sa.Column("sketch", sa.LargeBinary))
    if op.get_bind().dialect.name == "sqlite":
        for name in _LONG:
            _move_to_the_end(name)
    op.add_column("catalogue", sa.Column("identity", sa.String(32)))
    catalogue = sa.table("catalogue", sa.column("identity", sa.String))
    op.execute(catalogue.update().values(identity=uuid4().hex))
    _number_votes()


def downgrade() -> None:
    """Drop what was added; track features are computed again."""
    op.drop_table("votes")
    op.drop_index("track_votes_revision", "track_votes")
    op.drop_column("track_votes", "revision")
    op.drop_column("catalogue", "identity")
    op.drop_column("track", "sketch")


def _move_to_the_end(name: str) -> None:
    # SQLite reads a row from its beginning: a column behind the segments would cost reading them.
    moved = f"{name}_moved"
    op.add_column("track", sa.Column(moved, sa.LargeBinary))
    tracks = sa.table("track", sa.column(name), sa.column(moved))
    op.execute(tracks.update().values({moved: tracks.c[name]}))
    op.drop_column("track", name)
    op.alter_column("track", moved, new_column_name=name)


def _number_votes() -> None:
    number = sa.Column("revision", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("track_votes", number)
    names = ("q1", "q2", "q3", "q4", "revision")
    counts = sa.table("track_votes", *(sa.column(name, sa.Integer) for name in names))
    total = counts.c.q1 + counts.c.q2 + counts.c.q3 + counts.c.q4
    op.execute(counts.update().where(total > 0).values(revision=1))
    op.create_index("track_votes_revision", "track_votes", ["revision"])
    votes = op.create_table(
        "votes",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(votes, [{"id": 1, "revision": 1}])
