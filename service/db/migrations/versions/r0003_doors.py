"""Add API keys, notifications, repeatable calls, forgotten users and further snapshots' rows."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)
_TOPICS = ("forgotten", "keys", "snapshot")


def upgrade() -> None:
    """Make the tables."""
    notice = op.create_table(
        "notice",
        sa.Column("topic", sa.String(50), primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(notice, [{"topic": topic, "revision": 0} for topic in _TOPICS])
    op.create_table(
        "track_belief",
        sa.Column("track_id", _ID, sa.ForeignKey("track.track_id"), primary_key=True),
        sa.Column("snapshot", sa.String(200), primary_key=True),
        sa.Column("audio_logits", sa.LargeBinary),
        sa.Column("lyrics_logits", sa.LargeBinary),
        sa.Column("sketch", sa.LargeBinary, nullable=False),
        sa.Column("segment_proba", sa.LargeBinary),
    )
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.String(24), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("scopes", sa.String(100), nullable=False),
        sa.Column("rate", sa.Double),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
    )
    op.create_table(
        "forgotten_user",
        sa.Column("user_hash", sa.String(64), primary_key=True),
        sa.Column("forgotten_at", _TIME, nullable=False),
    )
    op.create_table(
        "repeatable_call",
        sa.Column("user_id", _ID, primary_key=True),
        sa.Column("call_key", _ID, primary_key=True),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("duplicates", sa.Integer, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
    )


def downgrade() -> None:
    """Drop them: keys are lost, and forgotten users may be registered again."""
    for name in ("repeatable_call", "forgotten_user", "api_key", "track_belief", "notice"):
        op.drop_table(name)
