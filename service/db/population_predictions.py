"""Population predictions of tracks: one snapshot's in the track's row, others' in own rows.

The track's row holds the prediction of the snapshot that registered it. All rows belong to the
track's present features: code that replaces these deletes the other rows.
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
"""Stored prediction by column."""

PREDICTION_COLUMNS = ("audio_logits", "lyrics_logits", "sketch", "segment_proba")
"""Columns of a prediction, which both tables have."""

_AMONG = track_belief.c.track_id.in_(bindparam("track_ids", expanding=True))
_OF_VERSION = and_(
    track_belief.c.track_id == track.c.track_id,
    track_belief.c.snapshot == bindparam("version"),
)
_WITH_PREDICTION = track.outerjoin(track_belief, _OF_VERSION)
_IS_APART = track_belief.c.track_id.is_not(None)
_FORGET = delete(track_belief).where(_AMONG)
_FORGET_ONES = _FORGET.where(track_belief.c.snapshot == bindparam("version"))
_ERASED = select(track.c.track_id).where(track.c.is_hidden, track.c.sketch.is_(None))
_FORGET_ERASED = _FORGET.where(track_belief.c.track_id.in_(_ERASED))


def seen_by_snapshot(columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """Return the query of tracks' columns as snapshot ``:version`` sees them.

    Without a prediction of that snapshot, the prediction and ``snapshot`` are those of the track's
    row.
    """
    return select(*map(_as_seen, columns)).select_from(_WITH_PREDICTION)


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
    """Delete the predictions of those of the tracks that were erased."""
    for part in in_parts(track_ids):
        connection.execute(_FORGET_ERASED, {"track_ids": part})


def _as_seen(column: ColumnElement[Any]) -> ColumnElement[Any]:
    name = getattr(column, "name", "")
    if column is not track.c.get(name) or name not in ("snapshot", *PREDICTION_COLUMNS):
        return column
    return case((_IS_APART, track_belief.c[name]), else_=column).label(name)
