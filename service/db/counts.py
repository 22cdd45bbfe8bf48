"""Usage counts, read from tables that change with the log and the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select

from models.emotion import QUADRANTS, Quadrant
from service.db.database import Database
from service.db.tables import catalogue, tally, user_count
from service.db.tallies import DAYS, QUADRANT_COLUMNS, TALLIES, USERS, USERS_BY_LABELS
from service.db.track_rows import AnyRow


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


@dataclass(frozen=True, slots=True)
class UserCounts:
    """Counts of a user's current answers, and the times of the first and last event."""

    user_id: str
    quadrants: Mapping[Quadrant, int]
    n_cant_tell: int
    first_label_at: datetime
    last_label_at: datetime

    @property
    def n_labels(self) -> int:
        """Number of tracks with a current answer."""
        return sum(self.quadrants.values())


_N_SHOWN = select(catalogue.c.n_shown)
_USERS = TALLIES.where(tally.c.kind == USERS)
_DAYS = TALLIES.where(tally.c.kind == DAYS, tally.c.key >= bindparam("since"))
_USER = select(user_count).where(user_count.c.user_id == bindparam("user"))
_PAGE = (
    select(user_count)
    .where(user_count.c.user_id > bindparam("after"))
    .order_by(user_count.c.user_id)
    .limit(bindparam("most"))
)


class UsageCounts:
    """Reads counts; no call reads more rows than it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> UsageTotals:
        """Return the present totals."""
        with self._database.read() as connection:
            rows = {row.key: row for row in connection.execute(_USERS)}
            n_tracks = int(connection.execute(_N_SHOWN).scalar_one())
        user_bins = [
            UserBin(first, last, rows[str(first)].n_users if str(first) in rows else 0)
            for first, last in USERS_BY_LABELS
        ]
        return UsageTotals(sum(row.n for row in rows.values()), n_tracks, user_bins)

    def days(self, since: date) -> Mapping[date, DailyCount]:
        """Return the days with an answer since a day in UTC."""
        with self._database.read() as connection:
            rows = connection.execute(_DAYS, {"since": since.isoformat()}).all()
        days = [DailyCount(date.fromisoformat(row.key), row.n, row.n_users) for row in rows]
        return {each.day: each for each in days}

    def user(self, user_id: str) -> UserCounts | None:
        """Return a user's counts; None if nothing is recorded for the user."""
        with self._database.read() as connection:
            row = connection.execute(_USER, {"user": user_id}).first()
        return None if row is None else _user(row)

    def users(self, after: str, limit: int) -> Sequence[UserCounts]:
        """Return up to ``limit`` users with an event, by id, with ids after ``after``."""
        with self._database.read() as connection:
            rows = connection.execute(_PAGE, {"after": after, "most": limit}).all()
        return [_user(row) for row in rows]


def _user(row: AnyRow) -> UserCounts:
    counts = (getattr(row, name) for name in QUADRANT_COLUMNS)
    quadrants = dict(zip(QUADRANTS, counts, strict=True))
    return UserCounts(row.user_id, quadrants, row.n_cant_tell, row.first_at, row.last_at)
