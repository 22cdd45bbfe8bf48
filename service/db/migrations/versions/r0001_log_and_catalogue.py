"""The log of labels, the catalogue, and what is derived from them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables of the first release."""
    _catalogue()
    _log()
    _derived()


def downgrade() -> None:
    """Drop them all."""
    for name in ("personal_model", "track_votes", "label_event", "catalogue", "track"):
        op.drop_table(name)


def _catalogue() -> None:
    blobs = "audio_logits lyrics_logits lyrics_vector audio_vector starts_s ends_s segment_proba"
    op.create_table(
        "track",
        sa.Column("track_id", _ID, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("is_hidden", sa.Boolean, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("artist", sa.Text),
        sa.Column("audio_sha256", sa.String(64)),
        sa.Column("lyrics_sha256", sa.String(64)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("feature_digest", sa.String(64), nullable=False),
        sa.Column("snapshot", sa.String(200), nullable=False),
        sa.Column("duration_s", sa.Double),
        *(sa.Column(name, sa.LargeBinary) for name in blobs.split()),
        sa.Column("segments", sa.LargeBinary),
    )
    op.create_index("track_revision", "track", ["revision"], unique=True)
    revision_counter = op.create_table(
        "catalogue",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(revision_counter, [{"id": 1, "revision": 0}])


def _log() -> None:
    op.create_table(
        "label_event",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("track_id", _ID, sa.ForeignKey("track.track_id"), nullable=False),
        sa.Column("quadrant", sa.String(2)),
        sa.Column("valence", sa.Double),
        sa.Column("arousal", sa.Double),
        sa.Column("created_at", _TIME, nullable=False),
        sa.UniqueConstraint("user_id", "event_id", name="label_event_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("label_event_log", "label_event", ["user_id", "seq"])
    op.create_index("label_event_answer", "label_event", ["user_id", "track_id", "seq"])


def _derived() -> None:
    op.create_table(
        "personal_model",
        sa.Column("user_id", _ID, primary_key=True),
        sa.Column("snapshot", sa.String(200), primary_key=True),
        sa.Column("algorithm", sa.String(50), primary_key=True),
        sa.Column("label_seq", sa.BigInteger, nullable=False),
        sa.Column("blob", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "track_votes",
        sa.Column("track_id", _ID, sa.ForeignKey("track.track_id"), primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("q1", "q2", "q3", "q4")),
    )
