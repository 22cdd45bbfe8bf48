"""Add how an answer was given, forecasts of answers, and API keys for one user."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)
_LONG = ("lyrics_vector", "audio_vector", "starts_s", "ends_s", "segment_proba", "segments")


def upgrade() -> None:
    """Add columns and tables; earlier answers have no values for them."""
    op.add_column("track", sa.Column("audio_url", sa.Text))
    if op.get_bind().dialect.name == "sqlite":
        _move_to_the_end()
    op.create_index("track_audio", "track", ["audio_sha256"])
    for column in _circumstances():
        op.add_column("label_event", column)
    op.add_column("api_key", sa.Column("user_id", _ID))
    _guesses()


def downgrade() -> None:
    """Drop them; an answer without a quadrant becomes a retracted one.

    Keys that were for one user are revoked: to an older release they would be for all.
    """
    op.drop_table("guess")
    keys = sa.table(
        "api_key", sa.column("user_id"), sa.column("revoked_at", _TIME), sa.column("created_at")
    )
    is_good = keys.c.user_id.is_not(None) & keys.c.revoked_at.is_(None)
    op.execute(keys.update().where(is_good).values(revoked_at=sa.func.current_timestamp()))
    op.drop_column("api_key", "user_id")
    for column in reversed(_circumstances()):
        op.drop_column("label_event", column.name)
    op.drop_index("track_audio", "track")
    op.drop_column("track", "audio_url")


def _circumstances() -> list[sa.Column[object]]:
    return [
        sa.Column("cant_tell", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("emotion", sa.String(10)),
        sa.Column("liking", sa.SmallInteger),
        sa.Column("familiarity", sa.SmallInteger),
        sa.Column("strategy", sa.String(50)),
        sa.Column("is_random", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("is_repeat", sa.Boolean, nullable=False, server_default=sa.false()),
    ]


def _move_to_the_end() -> None:
    # SQLite reads a row from its beginning: a URL behind the segments would cost reading them.
    for name in _LONG:
        op.add_column("track", sa.Column(_moved(name), sa.LargeBinary))
    tracks = sa.table("track", *(sa.column(n) for name in _LONG for n in (name, _moved(name))))
    op.execute(tracks.update().values({_moved(name): tracks.c[name] for name in _LONG}))
    for name in _LONG:
        op.drop_column("track", name)
        op.alter_column("track", _moved(name), new_column_name=name)


def _moved(name: str) -> str:
    return f"{name}_moved"


def _guesses() -> None:
    op.create_table(
        "guess",
        sa.Column("user_id", _ID, primary_key=True),
        sa.Column("track_id", _ID, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("snapshot", sa.String(200), nullable=False),
        sa.Column("n_labels", sa.Integer, nullable=False),
        sa.Column("quadrant", sa.String(2), nullable=False),
        sa.Column("foretold", sa.String(2), nullable=False),
        sa.Column("foretold_population", sa.String(2), nullable=False),
        sa.Column("p", sa.Double),
        sa.Column("p_population", sa.Double),
        sa.Column("strategy", sa.String(50)),
        sa.Column("is_random", sa.Boolean, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
    )
    op.create_index("guess_created_at", "guess", ["created_at"])
    op.create_index("guess_log", "guess", ["user_id", "seq"])
