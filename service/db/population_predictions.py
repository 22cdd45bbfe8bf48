"""Population predictions of tracks: one snapshot's in the track's row, others' in own rows.

The track's row and that of its segments hold the prediction of the snapshot that registered it.
All rows belong to the track's present features: code that replaces these deletes the other rows.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import (
    BindParameter,
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
from service.db.tables import track, track_belief, track_segments

PredictionColumns: TypeAlias = Mapping[str, bytes | None]
"""Stored prediction by column."""

PREDICTION_COLUMNS = ("audio_logits", "lyrics_logits", "sketch", "segment_proba")
"""Columns of a prediction; the last one of the track's own snapshot is in `track_segments`."""

_THOSE: BindParameter[str] = bindparam("track_ids", expanding=True)
_AMONG = track_belief.c.track_id.in_(_THOSE)
_OF_VERSION = and_(
    track_belief.c.track_id == track.c.track_id,
    track_belief.c.snapshot == bindparam("version"),
)
_WITH_PREDICTION = track.outerjoin(track_belief, _OF_VERSION)
_WITH_SEGMENTS = _WITH_PREDICTION.outerjoin(
    track_segments, track_segments.c.track_id == track.c.track_id
)
_IS_APART = track_belief.c.track_id.is_not(None)
_FORGET = delete(track_belief).where(_AMONG)
_FORGET_ONES = _FORGET.where(track_belief.c.snapshot == bindparam("version"))
_IS_ERASED = and_(track.c.is_hidden, track.c.sketch.is_(None))
_FORGET_ERASED = [
    delete(each).where(
        each.c.track_id.in_(_THOSE),
        select(track.c.track_id).where(track.c.track_id == each.c.track_id, _IS_ERASED).exists(),
    )
    for each in (track_belief, track_segments)
]


def seen_by_snapshot(columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """Return the query of tracks' columns as snapshot ``:version`` sees them.

    Without a prediction of that snapshot, the prediction and ``snapshot`` are those of the track's
    row. The table of segments is read only if the columns include some of it.
    """
    has_segments = any(column in set(track_segments.c) for column in columns)
    tables = _WITH_SEGMENTS if has_segments else _WITH_PREDICTION
    return select(*map(_as_seen, columns)).select_from(tables)


def put_population_predictions(
    connection: Connection, track_id: str, by_version: Mapping[str, PredictionColumns]
) -> None:
    """Replace all predictions beside a locked track's row."""
    connection.execute(_FORGET, {"track_ids": [track_id]})
    for version, columns in by_version.items():
        add_population_predictions(connection, version, {track_id: columns})


def add_population_predictions(
    connection: Connection, version: str, by_track: Mapping[str, PredictionColumns]
) -> None:
    """Store a snapshot's predictions of tracks beside their locked rows."""
    connection.execute(_FORGET_ONES, {"track_ids": list(by_track), "version": version})
    rows = [
        {"track_id": track_id, "snapshot": version, **columns}
        for track_id, columns in by_track.items()
    ]
    if rows:
        connection.execute(insert(track_belief), rows)


def forget_erased(connection: Connection, track_ids: Collection[str]) -> None:
    """Delete the predictions and the segments of those of the tracks that were erased."""
    for part in in_parts(track_ids):
        for statement in _FORGET_ERASED:
            connection.execute(statement, {"track_ids": part})


def _as_seen(column: ColumnElement[Any]) -> ColumnElement[Any]:
    name = getattr(column, "name", "")
    is_own = column is track.c.get(name) or column is track_segments.c.get(name)
    if not is_own or name not in ("snapshot", *PREDICTION_COLUMNS):
        return column
    return case((_IS_APART, track_belief.c[name]), else_=column).label(name)
