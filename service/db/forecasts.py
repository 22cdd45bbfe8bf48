"""Prequential records in a database: written with the answers, tallied as they change."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from models.emotion import Quadrant
from service.db.database import Database, in_parts
from service.db.tables import guess, label_event, tally
from service.db.tallies import BY_LABELS, BY_SNAPSHOT, BY_STRATEGY, SUMS, TALLIES, CountChanges
from service.db.track_rows import AnyRow
from service.evaluation.intervals import PairedCounts
from service.evaluation.prequential import (
    LABELS_SO_FAR,
    BinTally,
    PrequentialChanges,
    PrequentialRecord,
    SnapshotTally,
    StrategyTally,
)

_AMONG: BindParameter[str] = bindparam("track_ids", expanding=True)
_OF_USER = guess.c.user_id == bindparam("user")
_SEQ = (
    select(label_event.c.seq)
    .where(
        label_event.c.user_id == bindparam("user"), label_event.c.event_id == bindparam("event")
    )
    .scalar_subquery()
)
_NOTE = insert(guess).values(seq=_SEQ)
_CORRECT = (
    update(guess)
    .where(_OF_USER, guess.c.track_id == bindparam("one"), guess.c.quadrant != bindparam("said"))
    .values(quadrant=bindparam("said"), p=null(), p_population=null())
)
_DROP = delete(guess).where(_OF_USER, guess.c.track_id.in_(_AMONG))
_ALL = select(guess).where(_OF_USER).order_by(guess.c.seq)

_AMONG_TRACKS = _ALL.where(guess.c.track_id.in_(_AMONG))


def record_changes(
    connection: Connection,
    user_id: str,
    changes: PrequentialChanges,
    moments: Mapping[str, datetime],
    counts: CountChanges,
) -> None:
    """Update the records of a locked user whose answers have just been recorded.

    Args:
        connection: Of the transaction that recorded the answers.
        user_id: The user who answered.
        changes: Changes to apply.
        moments: Time of each answer by event id.
        counts: Counts the records, as they are after the changes.
    """
    for part in in_parts([*changes.gone, *changes.corrected]):
        for row in connection.execute(_AMONG_TRACKS, {"user": user_id, "track_ids": part}):
            record = _prequential_record(row)
            counts.count_forecast(record, -1)
            if (said := changes.corrected.get(record.track_id)) is not None:
                counts.count_forecast(replace(record, quadrant=said), 1)
    for part in in_parts(changes.gone):
        connection.execute(_DROP, {"user": user_id, "track_ids": part})
    if changes.corrected:
        rows = [{"user": user_id, "one": t, "said": q} for t, q in changes.corrected.items()]
        connection.execute(_CORRECT, rows)
    if changes.new:
        rows = [
            asdict(forecast)
            | {"user": user_id, "user_id": user_id, "event": event_id}
            | {"created_at": moments[event_id]}
            for event_id, forecast in changes.new.values()
        ]
        connection.execute(_NOTE, rows)
        for _, forecast in changes.new.values():
            counts.count_forecast(forecast, 1)


class PrequentialRecords:
    """Reads prequential records, and their tallies over all users."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, user_id: str) -> Sequence[PrequentialRecord]:
        """Return a user's records in the order of the answers."""
        with self._database.read() as connection:
            return [
                _prequential_record(row) for row in connection.execute(_ALL, {"user": user_id})
            ]

    def by_labels(self) -> Sequence[BinTally]:
        """Return tallies by the labels so far, in the bins of `LABELS_SO_FAR`; none if empty."""
        rows = {row.key: row for row in self._rows(BY_LABELS)}
        return [
            BinTally(first, last, _tally(rows[str(first)]))
            for first, last in LABELS_SO_FAR
            if str(first) in rows
        ]

    def by_strategy(self) -> Sequence[StrategyTally]:
        """Return tallies of randomly drawn tracks by query strategy, largest first."""
        rows = sorted(self._rows(BY_STRATEGY), key=lambda row: (-row.n, row.key))
        return [StrategyTally(row.key, _tally(row)) for row in rows]

    def by_snapshot(self) -> Sequence[SnapshotTally]:
        """Return tallies by snapshot, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(_BY_SNAPSHOT, {"kind": BY_SNAPSHOT}).all()
        tallies = [
            SnapshotTally(row.key, _tally(row), row.first_at, row.last_at)
            for row in rows
            if row.last_at is not None
        ]
        tallies.sort(key=lambda each: each.snapshot)
        return sorted(tallies, key=lambda each: each.last_at, reverse=True)

    def _rows(self, kind: str) -> Sequence[AnyRow]:
        with self._database.read() as connection:
            return connection.execute(_TALLIES, {"kind": kind}).all()


def _prequential_record(row: AnyRow) -> PrequentialRecord:
    return PrequentialRecord(
        track_id=row.track_id,
        snapshot=row.snapshot,
        n_labels=row.n_labels,
        quadrant=Quadrant(row.quadrant),
        forecast=Quadrant(row.forecast),
        forecast_population=Quadrant(row.forecast_population),
        p=row.p,
        p_population=row.p_population,
        strategy=row.strategy,
        is_random=row.is_random,
    )


def _tally(row: AnyRow) -> PairedCounts:
    return PairedCounts(*(getattr(row, name) for name in SUMS))


_TALLIES = TALLIES.where(tally.c.kind == bindparam("kind"))
_FIRST_AT, _LAST_AT = (
    select(bound(guess.c.created_at)).where(guess.c.snapshot == tally.c.key).scalar_subquery()
    for bound in (func.min, func.max)
)
_BY_SNAPSHOT = _TALLIES.add_columns(_FIRST_AT.label("first_at"), _LAST_AT.label("last_at"))
