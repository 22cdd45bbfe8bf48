"""Where the concrete parts of chores are put together: of what commands do beside serving.

Nothing in here needs a model, and nothing loads one: a command of an operator is there at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

from service.clock import utc_now
from service.db.api_keys import ApiKeys
from service.db.backup import back_up as back_up  # a command's, as it is
from service.db.database import Database
from service.db.notices import Notices
from service.db.schema import Schema, migrate, prepare, schema_of
from service.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class KeyParts:
    """What makes and revokes API keys; no model is needed.

    Attributes:
        close: Gives database connections back.
    """

    keys: ApiKeys
    close: Callable[[], None]


def build_keys(settings: Settings) -> KeyParts:
    """Return the parts that look after API keys.

    Raises:
        SchemaError: The database is of another release, and may not be brought to this one.
        StoreUnavailableError: The database cannot be opened.
    """
    database = Database(settings.database_url)
    prepare(database, may_migrate=settings.may_migrate)
    return KeyParts(ApiKeys(database, utc_now), database.close)


def announce_snapshot(settings: Settings) -> None:
    """Tell all workers on all machines to look at the snapshots' folders.

    Raises:
        StoreUnavailableError: The database cannot be written to.
    """
    database = Database(settings.database_url)
    try:
        prepare(database, may_migrate=settings.may_migrate)
        Notices(database).announce("snapshot")
    finally:
        database.close()


@dataclass(frozen=True, slots=True, eq=False)
class SchemaParts:
    """What looks after the tables; nothing else is needed."""

    database: Database

    def look(self) -> Schema:
        """Return where the database stands, and change nothing."""
        return schema_of(self.database)

    def migrate(self, to: str, *, may_lose: bool) -> Schema:
        """Bring it to a revision; see :func:`service.db.schema.migrate`."""
        return migrate(self.database, to, may_lose=may_lose)

    def close(self) -> None:
        """Give database connections back."""
        self.database.close()


def build_schema(settings: Settings) -> SchemaParts:
    """Return what looks after the tables.

    Raises:
        StoreUnavailableError: The database cannot be opened.
    """
    database = Database(settings.database_url)
    database.await_server()
    return SchemaParts(database)
