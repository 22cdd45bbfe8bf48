"""Notifications: a revision per topic, by which a process reports changes to all others."""

from typing import Literal

from sqlalchemy import Connection, bindparam, select, update

from service.db.database import Database
from service.db.tables import notice

Topic = Literal["calibration", "forgotten", "keys", "snapshot"]
"""What a notification is about."""

_ALL = select(notice.c.topic, notice.c.revision)
_NEXT = (
    update(notice)
    .where(notice.c.topic == bindparam("about"))
    .values(revision=notice.c.revision + 1)
    .returning(notice.c.revision)
)


class Notifications:
    """Reads and increments the topics' revisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revisions(self) -> dict[str, int]:
        """Return each topic's revision, which grows with every change."""
        self._database.check_schema()  # so that reads of an old process end within a period
        with self._database.read() as connection:
            rows = connection.execute(_ALL).all()
        return {row.topic: row.revision for row in rows}

    def announce(self, topic: Topic) -> int:
        """Report a change; return the topic's new revision."""
        with self._database.write() as connection:
            return announce(connection, topic)


def announce(connection: Connection, topic: Topic) -> int:
    """Report a change with the transaction's commit; return the topic's new revision.

    The topic stays locked until the commit, so revisions become visible in order.
    """
    return int(connection.execute(_NEXT, {"about": topic}).scalar_one())
