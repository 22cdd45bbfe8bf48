"""Notices: how one process tells all others, on every machine, that there is something new."""

from typing import Literal

from sqlalchemy import Connection, bindparam, select, update

from service.db.database import Database
from service.db.tables import notice

Topic = Literal["calibration", "forgotten", "keys", "snapshot"]
"""What a notice can be about: a calibration, forgotten users, API keys, the snapshot served."""

_ALL = select(notice.c.topic, notice.c.revision)
_NEXT = (
    update(notice)
    .where(notice.c.topic == bindparam("about"))
    .values(revision=notice.c.revision + 1)
    .returning(notice.c.revision)
)


class Notifications:
    """Counts, for each topic, how often there was something new."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revisions(self) -> dict[str, int]:
        """Return each topic's revision, which grows whenever there is something new."""
        with self._database.read() as connection:
            rows = connection.execute(_ALL).all()
        return {row.topic: row.revision for row in rows}

    def announce(self, topic: Topic) -> int:
        """Tell of something new; return the topic's new revision."""
        with self._database.write() as connection:
            return announce(connection, topic)


def announce(connection: Connection, topic: Topic) -> int:
    """Tell of something new with the transaction's commit; return the topic's new revision.

    The topic stays locked until the commit, so revisions become visible in their order.
    """
    return int(connection.execute(_NEXT, {"about": topic}).scalar_one())
