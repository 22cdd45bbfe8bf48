"""The log of labels in a database."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from models.emotion import Quadrant
from service.labels import effective, moved_votes, unrecorded, without_one
from service.ports import Appended, Clock, Label, LabelEvent, QuadrantCounts, VoteChanges
from service.refusals import TrackNotFoundError
from service.stores.database import Database, in_parts, lock
from service.stores.rows import AnyRow
from service.stores.tables import label_event, personal_model
from service.stores.votes import (
    all_votes,
    erase_unneeded,
    lock_tracks,
    move_votes,
    votes_on,
    votes_since,
)

EVENTS_AT_ONCE = 1_000
"""Events read in one go; bounds the memory that a long log takes."""

QUADRANT_OF: Mapping[str | None, Quadrant | None] = {None: None, **{q.value: q for q in Quadrant}}

_BY_USER = label_event.c.user_id == bindparam("user")
_LAST = select(func.coalesce(func.max(label_event.c.seq), 0)).where(_BY_USER)
_AFTER = (
    select(label_event)
    .where(_BY_USER, label_event.c.seq > bindparam("after"))
    .order_by(label_event.c.seq)
    .limit(EVENTS_AT_ONCE)
)
_RECORDED = select(label_event).where(
    _BY_USER, label_event.c.event_id.in_(bindparam("event_ids", expanding=True))
)
_LATEST = (
    select(func.max(label_event.c.seq))
    .where(_BY_USER, label_event.c.track_id.in_(bindparam("track_ids", expanding=True)))
    .group_by(label_event.c.track_id)
)
_STANDING = select(label_event.c.track_id, label_event.c.quadrant).where(
    label_event.c.seq.in_(_LATEST)
)


class SqlLabelLog:
    """Answers of all users in one table; one transaction a call."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def append(self, user_id: str, labels: Sequence[Label]) -> Appended:
        with self._database.write() as connection:
            # One writer a user at a time: events then become visible in the order of their seq,
            # and whoever sees the last one sees all before it.
            lock(connection, f"user {user_id}")
            fresh = unrecorded(labels, _recorded(connection, user_id, labels))
            if fresh:
                self._record(connection, user_id, fresh)
        return Appended(len(fresh), len(labels) - len(fresh))

    def last_seq(self, user_id: str) -> int:
        with self._database.read() as connection:
            return int(connection.execute(_LAST, {"user": user_id}).scalar_one())

    def events(self, user_id: str, *, through: int | None = None) -> Iterator[LabelEvent]:
        last = self.last_seq(user_id) if through is None else through
        after = 0
        while after < last:
            with self._database.read() as connection:
                rows = connection.execute(_AFTER, {"user": user_id, "after": after}).all()
            yield from (_event(row) for row in rows if row.seq <= last)
            after = rows[-1].seq if rows else last

    def votes(self) -> Mapping[str, QuadrantCounts]:
        with self._database.read() as connection:
            return all_votes(connection)

    def votes_since(self, revision: int) -> VoteChanges:
        with self._database.read() as connection:
            return votes_since(connection, revision)

    def votes_on(self, track_ids: Collection[str]) -> Mapping[str, QuadrantCounts]:
        found: dict[str, QuadrantCounts] = {}
        for part in in_parts(track_ids):
            with self._database.read() as connection:
                found |= votes_on(connection, part)
        return found

    def votes_of_others(
        self, user_id: str, track_ids: Collection[str]
    ) -> Mapping[str, QuadrantCounts]:
        found: dict[str, QuadrantCounts] = {}
        for part in in_parts(track_ids):
            asked = {"user": user_id, "track_ids": part}
            # All votes before the user's own: what the user says meanwhile is not among them.
            with self._database.read() as connection:
                found |= votes_on(connection, part)
            with self._database.read() as connection:
                own = connection.execute(_STANDING, asked).all()
            for track_id, quadrant in own:
                if track_id in found and (said := QUADRANT_OF[quadrant]) is not None:
                    found[track_id] = without_one(found[track_id], said)
        return found

    def forget(self, user_id: str) -> None:
        with self._database.write() as connection:
            lock(connection, f"user {user_id}")
            rows = connection.execute(select(label_event).where(_BY_USER), {"user": user_id})
            standing = [event.label for event in effective(_event(row) for row in rows)]
            if standing:
                withdrawn = [Label.retraction("", label.track_id) for label in standing]
                before = {label.track_id: label.quadrant for label in standing}
                lock_tracks(connection, before)
                move_votes(connection, moved_votes(before, withdrawn))
                erase_unneeded(connection, before)
            for table in (label_event, personal_model):
                connection.execute(delete(table).where(table.c.user_id == user_id))

    def _record(self, connection: Connection, user_id: str, fresh: Sequence[Label]) -> None:
        tracks = lock_tracks(connection, {label.track_id for label in fresh})
        _check_tracks(fresh, tracks)
        asked = {"user": user_id, "track_ids": list(tracks)}
        standing = {
            row.track_id: QUADRANT_OF[row.quadrant] for row in connection.execute(_STANDING, asked)
        }
        now = self._clock()
        rows = [_columns(label) | {"user_id": user_id, "created_at": now} for label in fresh]
        connection.execute(insert(label_event), rows)
        move_votes(connection, moved_votes(standing, fresh))
        if any(tracks.values()):
            erase_unneeded(connection, tracks)


def _recorded(connection: Connection, user_id: str, labels: Sequence[Label]) -> dict[str, Label]:
    asked = {"user": user_id, "event_ids": [label.event_id for label in labels]}
    return {row.event_id: _label(row) for row in connection.execute(_RECORDED, asked)}


def _check_tracks(labels: Sequence[Label], hidden: Mapping[str, bool]) -> None:
    """Refuse labels of tracks that are gone; from a hidden one an answer may be taken back."""
    for label in labels:
        is_there = label.track_id in hidden
        if not is_there or (hidden[label.track_id] and not label.is_retraction):
            raise TrackNotFoundError(label.track_id)


def _columns(label: Label) -> dict[str, Any]:
    return {
        "event_id": label.event_id,
        "track_id": label.track_id,
        "quadrant": label.quadrant,
        "valence": label.valence,
        "arousal": label.arousal,
    }


def _label(row: AnyRow) -> Label:
    _, _, event_id, track_id, quadrant, valence, arousal, _ = row
    return Label(event_id, track_id, QUADRANT_OF[quadrant], valence, arousal)


def _event(row: AnyRow) -> LabelEvent:
    seq, user_id, *_, created_at = row
    return LabelEvent(seq, user_id, _label(row), created_at)
