"""Calibrations of the catalogue, and why lyrics have no features."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_LONG = ("lyrics_vector", "audio_vector", "starts_s", "ends_s", "segment_proba", "segments")
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the calibrations, their notice, and the column beside the lyrics."""
    op.add_column("track", sa.Column("lyrics_unread", sa.String(40)))
    op.add_column("catalogue", sa.Column("calibrating_until", sa.DateTime(timezone=True)))
    if op.get_bind().dialect.name == "sqlite":
        _move_to_the_end()
    op.create_table(
        "calibration",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("snapshot", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reverted_at", sa.DateTime(timezone=True)),
        sa.Column("facts", sa.Text, nullable=False),
    )
    op.create_index("calibration_snapshot", "calibration", ["snapshot", "seq"])
    notice = sa.table(
        "notice", sa.column("topic", sa.String), sa.column("revision", sa.BigInteger)
    )
    op.execute(notice.insert().values(topic="calibration", revision=0))
    _erase_track_features()


def downgrade() -> None:
    """Drop the calibrations: probabilities are the snapshot's alone."""
    notice = sa.table("notice", sa.column("topic", sa.String))
    op.execute(notice.delete().where(notice.c.topic == "calibration"))
    op.drop_table("calibration")
    op.drop_column("catalogue", "calibrating_until")
    op.drop_column("track", "lyrics_unread")
    _erase_track_features()


def _erase_track_features() -> None:
    # Of this revision they have one column more; they are made again from features.
    tracks = sa.table("track", sa.column("sketch"))
    op.execute(tracks.update().values(sketch=None))
    op.execute(sa.table("track_belief").delete())


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
