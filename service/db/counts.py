"""Usage counts, computed by the database so that replies are short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, select

from service.db.database import Database
from service.db.tables import label_event, track

USERS_BY_LABELS: tuple[tuple[int, int | None], ...] = (
    (1, 4),
    (5, 9),
    (10, 19),
    (20, 49),
    (50, 99),
    (100, None),
)
"""Bins of current answers a user: first and last number; None is unbounded."""


@dataclass(frozen=True, slots=True)
class DailyCount:
    """Answers on a day in UTC; corrections count, retractions do not."""

    day: date
    n_labels: int
    n_users: int


@dataclass(frozen=True, slots=True)
class UserBin:
    """Number of users in a bin of labels; ``to_labels`` is None if unbounded."""

    from_labels: int
    to_labels: int | None
    n_users: int


@dataclass(frozen=True, slots=True)
class UsageTotals:
    """Totals over all users and tracks.

    Attributes:
        n_labels: Current answers of all users.
        n_tracks: Shown tracks.
        user_bins: Users with a current answer, in the bins of `USERS_BY_LABELS`.
    """

    n_labels: int
    n_tracks: int
    user_bins: Sequence[UserBin]


_LATEST = (
    select(func.max(label_event.c.seq))
    .where(~label_event.c.is_superseded)
    .group_by(label_event.c.user_id, label_event.c.track_id)
)
_IS_ANSWER = label_event.c.quadrant.is_not(None)
_USERS = (
    select(func.count().label("n"))
    .where(label_event.c.seq.in_(_LATEST), _IS_ANSWER)
    .group_by(label_event.c.user_id)
    .subquery()
)
_BIN = case(
    *(
        (_USERS.c.n <= last, place)
        for place, (_, last) in enumerate(USERS_BY_LABELS)
        if last is not None
    ),
    else_=len(USERS_BY_LABELS) - 1,
)
_USER_BINS = select(
    _BIN.label("place"), func.count().label("n_users"), func.sum(_USERS.c.n).label("n_labels")
).group_by("place")
_TRACKS = select(func.count()).where(~track.c.is_hidden)
_DAY: Mapping[bool, ColumnElement[Any]] = {
    True: func.date(label_event.c.created_at),  # SQLite stores times in UTC
    False: func.date(func.timezone("UTC", label_event.c.created_at)),
}


class UsageCounts:
    """Counts by reading indexes and narrow rows; stores nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._days = (
            select(
                _DAY[database.is_local].label("day"),
                func.count().label("n_labels"),
                func.count(label_event.c.user_id.distinct()).label("n_users"),
            )
            .where(label_event.c.created_at >= bindparam("since"), _IS_ANSWER)
            .group_by("day")
        )

    def count(self) -> UsageTotals:
        """Return the present totals."""
        with self._database.read() as connection:
            rows = {row.place: row for row in connection.execute(_USER_BINS)}
        with self._database.read() as connection:
            n_tracks = int(connection.execute(_TRACKS).scalar_one())
        user_bins = [
            UserBin(first, last, rows[place].n_users if place in rows else 0)
            for place, (first, last) in enumerate(USERS_BY_LABELS)
        ]
        return UsageTotals(sum(int(row.n_labels) for row in rows.values()), n_tracks, user_bins)

    def days(self, since: datetime) -> Mapping[date, DailyCount]:
        """Return the days with an answer since a time."""
        with self._database.read() as connection:
            rows = connection.execute(self._days, {"since": since}).all()
        days = [
            DailyCount(date.fromisoformat(str(day)), n_labels, n_users)
            for day, n_labels, n_users in rows
        ]
        return {each.day: each for each in days}
