"""Allow ids of 256 characters, and mark imported labels that a newer one had replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ID = sa.String(256, collation="C")
_COLUMNS = {
    "track": ["track_id"],
    "track_belief": ["track_id"],
    "track_votes": ["track_id"],
    "label_event": ["user_id", "event_id", "track_id"],
    "personal_model": ["user_id"],
    "api_key": ["user_id"],
    "repeatable_call": ["user_id", "call_key"],
    "guess": ["user_id", "track_id"],
}
_EVENT = sa.table("label_event", sa.column("is_superseded", sa.Boolean))
_INDEX = ("label_event_answer", "label_event")
_INDEXED = ["user_id", "track_id", "seq"]


def upgrade() -> None:
    """Lengthen the columns of ids, which rewrites no row; every earlier label counts."""
    if op.get_bind().dialect.name == "postgresql":  # SQLite stores any length
        for table, names in _COLUMNS.items():
            for name in names:
                op.alter_column(table, name, type_=_ID)
    op.add_column(
        "label_event",
        sa.Column("is_superseded", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.drop_index(*_INDEX)
    op.create_index(*_INDEX, [*_INDEXED, "is_superseded"])


def downgrade() -> None:
    """Delete the marked labels, which an older release would count; ids stay long."""
    op.execute(_EVENT.delete().where(_EVENT.c.is_superseded))
    op.drop_index(*_INDEX)
    op.drop_column("label_event", "is_superseded")
    op.create_index(*_INDEX, _INDEXED)
