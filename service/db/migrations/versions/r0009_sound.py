"""Add the digest of what is heard in a recording."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_LONG = ("lyrics_vector", "audio_vector", "starts_s", "ends_s", "segment_proba", "segments")


def upgrade() -> None:
    """Add the column; tracks get a value when they are sent again."""
    op.add_column("track", sa.Column("sound_sha256", sa.String(64)))
    if op.get_bind().dialect.name == "sqlite":
        _move_to_the_end()


def downgrade() -> None:
    """Drop the column: a file with other bytes counts as another recording again."""
    op.drop_column("track", "sound_sha256")


def _move_to_the_end() -> None:
    # SQLite reads a row from its beginning: a column behind the segments would cost reading them.
    for name in _LONG:
        op.add_column("track", sa.Column(_moved(name), sa.LargeBinary))
    tracks = sa.table("track", *(sa.column(n) for name in _LONG for n in (name, _moved(name))))
    op.execute(tracks.update().values({_moved(name): tracks.c[name] for name in _LONG}))
    for name in _LONG:
        op.drop_column("track", name)
        op.alter_column("track", _moved(name), new_column_name=name)


def _moved(name: str) -> str:
    return f"{name}_moved"
