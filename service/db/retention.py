"""Deletion of stored rows that an operator keeps for a time only, and of segments.

Rows go in small transactions, so that other writers run in between and an interrupted deletion
goes on where it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from service.db.database import Database, lock
from service.db.tables import guess, label_event, repeatable_call, track_belief, track_segments
from service.db.track_segments import forget_segments, kept_proba, kept_segments
from service.db.votes import lock_tracks

ROWS_AT_ONCE = 500
"""Rows deleted in one transaction, during which their users' answers wait."""
TRACKS_AT_ONCE = 100
"""Tracks whose segments change in one transaction; each has up to 120 kB of them."""

_BEFORE: BindParameter[datetime] = bindparam("before")
_OTHER = label_event.alias("other")
_IS_LATER = _OTHER.c.seq > label_event.c.seq
_OF_USER = select(_OTHER.c.seq).where(_OTHER.c.user_id == label_event.c.user_id)
_OF_TRACK = _OF_USER.where(_OTHER.c.track_id == label_event.c.track_id)
# Kept in any case: a user's last event, by whose number personal models are known, and all answers
# on a track that was asked again, from which a user's consistency is computed.
_IS_REPLACED = or_(
    and_(label_event.c.is_superseded, _OF_USER.where(_IS_LATER).exists()),
    and_(
        _OF_TRACK.where(_IS_LATER, ~_OTHER.c.is_superseded).exists(),
        ~_OF_TRACK.where(_OTHER.c.is_repeat).exists(),
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class OldRows:
    """Rows of a table that may be deleted once they are old.

    Attributes:
        key: The table's primary key.
        is_unneeded: Which of the old rows may be deleted.
    """

    table: Table
    key: Sequence[Column[Any]]
    is_unneeded: Sequence[ColumnElement[bool]] = ()

    @property
    def condition(self) -> ColumnElement[bool]:
        """Whether a row is older than ``:before`` and not needed."""
        return and_(self.table.c.created_at < _BEFORE, *self.is_unneeded)


FORECASTS = OldRows(guess, (guess.c.user_id, guess.c.track_id))
CALLS = OldRows(repeatable_call, (repeatable_call.c.user_id, repeatable_call.c.call_key))
REPLACED_EVENTS = OldRows(label_event, (label_event.c.seq,), (_IS_REPLACED,))
"""Answers that the user corrected or retracted, and imported ones that never counted."""


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """Stored segments: the number of tracks that have any, and the bytes of their features."""

    n_tracks: int
    n_bytes: int


def count_old(database: Database, old: OldRows, before: datetime) -> int:
    """Return how many rows `delete_old` would delete; reads the whole table."""
    statement = select(func.count()).select_from(old.table).where(old.condition)
    with database.read() as connection:
        return int(connection.execute(statement, {"before": before}).scalar_one())


def delete_old(
    database: Database, old: OldRows, before: datetime, progress: Callable[[int], object]
) -> int:
    """Delete rows that are older than a time and not needed; return how many.

    Args:
        database: The database.
        old: Which rows.
        before: Rows from this time on stay.
        progress: Called repeatedly with the number of deleted rows.
    """
    n_deleted = 0
    found = _following(database, old, before, None)
    while found:
        with database.write() as connection:
            # Every writer of a user's rows takes this lock first.
            for user_id in sorted({row.user_id for row in found}):
                lock(connection, f"user {user_id}")
            _delete(connection, old, before, found)
        n_deleted += len(found)
        progress(n_deleted)
        found = _following(database, old, before, found[-1])
    return n_deleted


def size_of_segments(database: Database) -> SegmentSize:
    """Return how many tracks have segments, and how many bytes these take."""
    sizes = select(
        func.count(), func.coalesce(func.sum(func.length(track_segments.c.segments)), 0)
    )
    with database.read() as connection:
        return SegmentSize(*map(int, connection.execute(sizes).one()))


def reduce_segments(
    database: Database, kept: Literal["coarse", "none"], progress: Callable[[int], object]
) -> int:
    """Replace all stored segments by coarse ones, or delete them; return the number of tracks.

    Tracks with coarse segments stay as they are. A track's revision stays too, since nothing but
    its curve over time changes.

    Args:
        database: The database.
        kept: What is left.
        progress: Called repeatedly with the number of tracks that were looked at.
    """
    after, n_seen, n_changed = "", 0, 0
    first = (
        select(track_segments.c.track_id)
        .where(track_segments.c.track_id > bindparam("after"))
        .order_by(track_segments.c.track_id)
        .limit(TRACKS_AT_ONCE)
    )
    while True:
        with database.read() as connection:
            track_ids = list(connection.scalars(first, {"after": after}))
        if not track_ids:
            return n_changed
        with database.write() as connection:
            lock_tracks(connection, track_ids)
            change = _make_coarse if kept == "coarse" else _drop
            n_changed += change(connection, track_ids)
        after = track_ids[-1]
        n_seen += len(track_ids)
        progress(n_seen)


def _following(database: Database, old: OldRows, before: datetime, last: Any) -> Sequence[Any]:
    """Return users and keys of the first old rows after one."""
    key = old.key
    statement = select(old.table.c.user_id, *key[key[0].name == "user_id" :])
    statement = statement.where(old.condition).order_by(*key).limit(ROWS_AT_ONCE)
    if last is not None:
        values = [getattr(last, column.name) for column in key]
        statement = statement.where(
            tuple_(*key) > tuple_(*values) if len(key) > 1 else key[0] > values[0]
        )
    with database.read() as connection:
        return connection.execute(statement, {"before": before}).all()


def _delete(connection: Connection, old: OldRows, before: datetime, found: Sequence[Any]) -> None:
    is_it = [column == bindparam(f"the_{column.name}") for column in old.key]
    # A forecast may have been made anew meanwhile.
    statement = delete(old.table).where(*is_it, old.table.c.created_at < _BEFORE)
    keys = [
        {f"the_{column.name}": getattr(row, column.name) for column in old.key} for row in found
    ]
    connection.execute(statement, [key | {"before": before} for key in keys])


def _drop(connection: Connection, track_ids: Sequence[str]) -> int:
    forget_segments(connection, track_ids)
    connection.execute(
        update(track_belief)
        .where(track_belief.c.track_id.in_(track_ids), track_belief.c.segment_proba.is_not(None))
        .values(segment_proba=None)
    )
    return len(track_ids)


def _make_coarse(connection: Connection, track_ids: Sequence[str]) -> int:
    of_tracks = select(track_segments).where(track_segments.c.track_id.in_(track_ids))
    n_changed = 0
    for row in connection.execute(of_tracks).mappings().all():
        stored = {name: value for name, value in row.items() if name != "track_id"}
        coarse = kept_segments(stored, "coarse")
        if coarse is None or coarse is stored:
            continue
        is_it = track_segments.c.track_id == row["track_id"]
        connection.execute(update(track_segments).where(is_it).values(coarse))
        of_track = track_belief.c.track_id == row["track_id"]
        for belief in connection.execute(select(track_belief).where(of_track)).all():
            proba = kept_proba(belief.segment_proba, stored, "coarse")
            is_its = track_belief.c.snapshot == belief.snapshot
            connection.execute(
                update(track_belief).where(of_track, is_its).values(segment_proba=proba)
            )
        n_changed += 1
    return n_changed
