"""Move segments into a table of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_COLUMNS = ("starts_s", "ends_s", "segment_proba", "segments")
_TRACKS = sa.table("track", *map(sa.column, ("track_id", *_COLUMNS)))
_SEGMENTS = sa.table("track_segments", *map(sa.column, ("track_id", *_COLUMNS)))
_AT_ONCE = 1_000
"""Tracks moved at once, so that SQLite stores segments where earlier ones stood."""


def upgrade() -> None:
    """Create the table and move the segments of tracks that have any."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    # SQLite stores ids of any length; its columns keep that of the first revision.
    track_id = sa.String(200) if is_sqlite else sa.String(256, collation="C")
    op.create_table(
        "track_segments",
        sa.Column("track_id", track_id, sa.ForeignKey("track.track_id"), primary_key=True),
        sa.Column("starts_s", sa.LargeBinary, nullable=False),
        sa.Column("ends_s", sa.LargeBinary, nullable=False),
        sa.Column("segment_proba", sa.LargeBinary),
        sa.Column("segments", sa.LargeBinary, nullable=False),
    )
    if is_sqlite:
        _move_by_parts()
    else:
        _copy(sa.true())
    for name in _COLUMNS:
        op.drop_column("track", name)


def downgrade() -> None:
    """Move the segments back; tracks whose segments were pruned have none."""
    for name in _COLUMNS:
        op.add_column("track", sa.Column(name, sa.LargeBinary))
    values = {name: _SEGMENTS.c[name] for name in _COLUMNS}
    op.execute(_TRACKS.update().where(_TRACKS.c.track_id == _SEGMENTS.c.track_id).values(values))
    op.drop_table("track_segments")


def _move_by_parts() -> None:
    connection, after = op.get_bind(), ""
    while True:
        ids = sa.select(_TRACKS.c.track_id).where(_TRACKS.c.track_id > after)
        ids = ids.order_by(_TRACKS.c.track_id).limit(_AT_ONCE)
        last = connection.scalar(sa.select(sa.func.max(ids.subquery().c.track_id)))
        if last is None:
            return
        part = _TRACKS.c.track_id.between(after, last)
        _copy(part)
        op.execute(_TRACKS.update().where(part).values(dict.fromkeys(_COLUMNS)))
        after = last


def _copy(part: sa.ColumnElement[bool]) -> None:
    moved = sa.select(*_TRACKS.c).where(part, sa.func.length(_TRACKS.c.segments) > 0)
    op.execute(_SEGMENTS.insert().from_select(["track_id", *_COLUMNS], moved))
