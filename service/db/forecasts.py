"""Prequential records in a database: written with the answers, summed up by SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from models.emotion import Quadrant
from service.db.database import Database, in_parts
from service.db.tables import guess, label_event
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

_TALLY = ("n_users", "n", "h", "p", "nn", "hh", "pp", "hn", "pn", "hp")


def record_changes(
    connection: Connection,
    user_id: str,
    changes: PrequentialChanges,
    moments: Mapping[str, datetime],
) -> None:
    """Update the records of a locked user whose answers have just been recorded.

    Args:
        connection: Of the transaction that recorded the answers.
        user_id: The user who answered.
        changes: Changes to apply.
        moments: Time of each answer by event id.
    """
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


class PrequentialRecords:
    """Reads prequential records.

    Tallies over all users are summed by the database, first a user and then over users, so that
    the result is as long as the number of groups.
    """

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
        rows = self._rows(_BY_LABELS)
        bins = [(LABELS_SO_FAR[row.key], _tally(row)) for row in rows]
        return [BinTally(first, last, tally) for (first, last), tally in bins]

    def by_strategy(self) -> Sequence[StrategyTally]:
        """Return tallies of randomly drawn tracks by query strategy, largest first."""
        return [StrategyTally(row.key, _tally(row)) for row in self._rows(_BY_STRATEGY)]

    def by_snapshot(self) -> Sequence[SnapshotTally]:
        """Return tallies by snapshot, newest first."""
        return [
            SnapshotTally(row.key, _tally(row), row.first_at, row.last_at)
            for row in self._rows(_BY_SNAPSHOT)
        ]

    def _rows(self, statement: Select[Any]) -> Sequence[AnyRow]:
        with self._database.read() as connection:
            return connection.execute(statement).all()


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


def _over_users(
    key: ColumnElement[Any], *where: ColumnElement[bool], order: str = "key"
) -> Select[Any]:
    """Return the statement that sums records by user, and then over users by a key."""
    hits, populations = (
        func.sum(case((forecast == guess.c.quadrant, 1), else_=0))
        for forecast in (guess.c.forecast, guess.c.forecast_population)
    )
    users = (
        select(
            key.label("key"),
            func.count().label("n"),
            hits.label("h"),
            populations.label("p"),
            func.min(guess.c.created_at).label("first_at"),
            func.max(guess.c.created_at).label("last_at"),
        )
        .where(*where)
        .group_by(guess.c.user_id, "key")  # by name, since a parameter does not equal itself
        .subquery()
    )
    n, h, p = (users.c[name] for name in "nhp")
    sums = {"n": n, "h": h, "p": p, "nn": n * n, "hh": h * h, "pp": p * p}
    sums |= {"hn": h * n, "pn": p * n, "hp": h * p}
    first_at, last_at = func.min(users.c.first_at), func.max(users.c.last_at)
    tallies = select(
        users.c.key,
        func.count().label("n_users"),
        *(func.sum(value).label(name) for name, value in sums.items()),
        first_at.label("first_at"),
        last_at.label("last_at"),
    ).group_by(users.c.key)
    orders = {"key": (users.c.key,), "n": (func.sum(n).desc(), users.c.key)}
    orders["last_at"] = (last_at.desc(), users.c.key)
    return tallies.order_by(*orders[order])


def _tally(row: AnyRow) -> PairedCounts:
    # PostgreSQL returns sums of integers as decimals.
    return PairedCounts(*(int(getattr(row, name)) for name in _TALLY))


_BIN = case(
    *(
        (guess.c.n_labels <= last, place)
        for place, (_, last) in enumerate(LABELS_SO_FAR)
        if last is not None
    ),
    else_=len(LABELS_SO_FAR) - 1,
)
_BY_LABELS = _over_users(_BIN)
_BY_STRATEGY = _over_users(
    guess.c.strategy, guess.c.is_random, guess.c.strategy.is_not(None), order="n"
)
_BY_SNAPSHOT = _over_users(guess.c.snapshot, order="last_at")
