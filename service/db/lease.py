"""Leases: locks in a row that end by themselves, for work that one of many processes does."""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Column, ColumnElement, Update, and_, bindparam, or_, update

from service.clock import Clock
from service.db.database import Database
from service.errors import StoreUnavailableError


class Lease:
    """A lock in a column that holds the time of its end; NULL while nobody holds it.

    Args:
        database: A database that all processes share.
        clock: Gives the time.
        until: The column.
        is_it: Selects the row.
        lasts: Time after which a holder that does not renew the lock counts as dead.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        until: Column[datetime],
        is_it: ColumnElement[bool],
        lasts: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._lasts = lasts
        self.is_held = and_(is_it, until == bindparam("held"))
        """Selects the row while ``:held``, what :meth:`take` returned, is its lock."""
        is_free = or_(
            until.is_(None),
            until < bindparam("now"),
            # The clock that wrote it was ahead; one that is behind by less than a turn waits.
            until > bindparam("latest"),
        )
        row = update(until.table)
        self._take = row.where(is_it, is_free).values({until: bindparam("end")})
        self._renew = row.where(self.is_held).values({until: bindparam("end")})
        self._end = row.where(self.is_held).values({until: None})

    def take(self) -> datetime | None:
        """Take the lock.

        Returns:
            The argument of the other methods; None if another process holds the lock.
        """
        now = self._clock()
        end = now + self._lasts
        is_ours = self._changes(self._take, now=now, end=end, latest=end + self._lasts)
        return end if is_ours else None

    def renewed(self, turn: datetime) -> datetime:
        """Return the lock, renewed in the second half of its time; one that was lost stays so."""
        end = self._clock() + self._lasts
        if end - turn < self._lasts / 2:
            return turn
        return end if self._changes(self._renew, held=turn, end=end) else turn

    def end(self, turn: datetime) -> None:
        """Release the lock; one that was lost stays with its holder."""
        with suppress(StoreUnavailableError), self._database.write_cache() as connection:
            connection.execute(self._end, {"held": turn})

    def _changes(self, statement: Update, **parameters: datetime) -> bool:
        """Write a new end of the lock, and return whether that succeeded."""
        with self._database.write_cache() as connection:
            return connection.execute(statement, parameters).rowcount == 1
