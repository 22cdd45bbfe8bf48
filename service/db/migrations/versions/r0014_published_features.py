"""Add tables for the files of track features that one replica builds for all.

And an index of predictions by snapshot: without it PostgreSQL reads all predictions of other
snapshots to find that there is none of this one, at each read of changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create them; on PostgreSQL the tables, which can be made again, have no write-ahead log."""
    is_server = op.get_bind().dialect.name == "postgresql"
    prefixes = ["UNLOGGED"] if is_server else []
    op.create_table(
        "published_features",
        sa.Column("snapshot", sa.String(200), primary_key=True),
        sa.Column("publication", sa.String(32)),
        sa.Column("n_parts", sa.Integer, nullable=False),
        sa.Column("state", sa.Text),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("building_until", sa.DateTime(timezone=True)),
        prefixes=prefixes,
    )
    op.create_table(
        "published_part",
        sa.Column("snapshot", sa.String(200), primary_key=True),
        sa.Column("publication", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        prefixes=prefixes,
    )
    op.create_index("track_belief_snapshot", "track_belief", ["snapshot"])
    if is_server:  # floats hardly shrink, and trying takes processor time
        op.execute("ALTER TABLE published_part ALTER COLUMN content SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Drop them."""
    op.drop_index("track_belief_snapshot", "track_belief")
    op.drop_table("published_part")
    op.drop_table("published_features")
