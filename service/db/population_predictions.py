"""What snapshots say of tracks: one's belief is in the track's row, others' in rows of their own.

The row's own is the belief of the snapshot under which the track was registered. Every row is of
the features that the track has now: whoever gives it others deletes the rows beside it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    insert,
    select,
)

from service.db.database import in_parts
from service.db.tables import track, track_belief

PredictionColumns: TypeAlias = Mapping[str, bytes | None]
"""What is stored of a belief, by column."""

BELIEF = ("audio_logits", "lyrics_logits", "sketch", "segment_proba")
"""The columns of a belief, which both tables have."""

_AMONG = track_belief.c.track_id.in_(bindparam("track_ids", expanding=True))
_OF_VERSION = and_(
    track_belief.c.track_id == track.c.track_id,
    track_belief.c.snapshot == bindparam("version"),
)
_SEEN = track.outerjoin(track_belief, _OF_VERSION)
_IS_APART = track_belief.c.track_id.is_not(None)
_FORGET = delete(track_belief).where(_AMONG)
_FORGET_ONES = _FORGET.where(track_belief.c.snapshot == bindparam("version"))
_ERASED = select(track.c.track_id).where(track.c.is_hidden, track.c.sketch.is_(None))
_FORGET_ERASED = _FORGET.where(track_belief.c.track_id.in_(_ERASED))


def seen(columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """Return the reading of tracks' columns as snapshot ``:version`` sees them.

    Where it has not judged a track, the belief is the row's own, and so is ``snapshot``, which
    tells whose that is.
    """
    return select(*map(_as_seen, columns)).select_from(_SEEN)


def put_population_predictions(
    connection: Connection, track_id: str, by_version: Mapping[str, PredictionColumns]
) -> None:
    """Replace all beliefs beside a track's row, which is locked."""
    connection.execute(_FORGET, {"track_ids": [track_id]})
    for version, columns in by_version.items():
        add_population_predictions(connection, version, {track_id: columns})


def add_population_predictions(
    connection: Connection, version: str, by_track: Mapping[str, PredictionColumns]
) -> None:
    """Put what a snapshot says of tracks beside their rows, which are locked."""
    connection.execute(_FORGET_ONES, {"track_ids": list(by_track), "version": version})
    rows = [
        {"track_id": track_id, "snapshot": version, **columns}
        for track_id, columns in by_track.items()
    ]
    if rows:
        connection.execute(insert(track_belief), rows)


def forget_erased(connection: Connection, track_ids: Collection[str]) -> None:
    """Delete what was believed of those of the tracks of which nothing is left."""
    for part in in_parts(track_ids):
        connection.execute(_FORGET_ERASED, {"track_ids": part})


def _as_seen(column: ColumnElement[Any]) -> ColumnElement[Any]:
    name = getattr(column, "name", "")
    if column is not track.c.get(name) or name not in ("snapshot", *BELIEF):
        return column
    return case((_IS_APART, track_belief.c[name]), else_=column).label(name)
