"""Which schema a database has, and how it is brought to another."""

import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table

from service.db.database import Database, lock
from service.db.tables import metadata
from service.errors import LossyMigrationError, SchemaError

if TYPE_CHECKING:
    from alembic.config import Config  # slow to import: only who migrates needs alembic

HISTORY = Path(__file__).parent / "migrations"
HEAD, BASE = "head", "base"
LOG = logging.getLogger("bentoml.attune.schema")
_VERSION = table("alembic_version", column("version_num"))
"""Alembic's own: one row, the revision."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Where a database stands among the revisions that this release knows.

    Attributes:
        current: Its revision; None if it has no tables yet.
        known: All revisions, the oldest first.
    """

    current: str | None
    known: tuple[str, ...]

    @property
    def head(self) -> str:
        """The revision that this release serves with."""
        return self.known[-1]

    @property
    def pending(self) -> tuple[str, ...]:
        """The revisions that are yet to come."""
        return self.known[self.place(self.current) :]

    def place(self, revision: str | None) -> int:
        """Return how many steps lead to a revision; ``head`` and ``base`` are some, too.

        Raises:
            SchemaError: It is none that this release knows.
        """
        if revision is None or revision == BASE:
            return 0
        if revision == HEAD:
            return len(self.known)
        if revision not in self.known:
            raise SchemaError(
                f"There is no revision {revision!r}; known are {', '.join(self.known)}."
            )
        return self.known.index(revision) + 1


def schema_of(database: Database) -> Schema:
    """Return where a database stands.

    Raises:
        SchemaError: A newer release was at it.
        StoreUnavailableError: It cannot be read.
    """
    with database.read() as connection:
        return _schema(connection)


def migrate(database: Database, to: str = HEAD, *, may_lose: bool = False) -> Schema:
    """Bring a database to a revision; processes that start together wait for each other.

    Nothing is written where nothing is to be done.

    Args:
        database: Which one.
        to: A revision, or ``head`` or ``base``.
        may_lose: Whether to go back, which drops what the newer tables hold.

    Returns:
        Where it stands now.

    Raises:
        SchemaError: A newer release was at it, or there is no such revision.
        LossyMigrationError: The way leads back and that is not allowed.
        StoreUnavailableError: It cannot be written to.
    """
    schema = schema_of(database)
    if schema.place(to) == schema.place(schema.current):
        return schema
    with database.write_slowly() as connection:
        lock(connection, "migrations")
        schema = _schema(connection)  # somebody may have been faster
        _bring(connection, schema, to, may_lose=may_lose)
        return _schema(connection)


def prepare(database: Database, *, may_migrate: bool) -> None:
    """Bring a database to the newest schema, or make sure that it is there.

    Raises:
        SchemaError: It is not there and may not be brought there, or a newer release was at it.
        StoreUnavailableError: It cannot be read, or written to.
    """
    if may_migrate:
        migrate(database)
    else:
        require_newest(database)


def require_newest(database: Database) -> None:
    """Make sure that nothing is left to do for `migrate`.

    Raises:
        SchemaError: There is, or a newer release was at it.
        StoreUnavailableError: It cannot be read.
    """
    schema = schema_of(database)
    if schema.pending:
        stands = f"is at revision {schema.current!r}" if schema.current else "has no tables yet"
        raise SchemaError(
            f"The database {stands}, and this release needs {schema.head!r}: run "
            "`python -m service migrate`, or let the service do it by ATTUNE_MIGRATE=start."
        )


def history(connection: Connection) -> "Config":
    """Return what alembic's commands need to work over a connection, inside its transaction."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection, "metadata": metadata})
    config.set_main_option("script_location", str(HISTORY))
    return config


def _schema(connection: Connection) -> Schema:
    is_begun = inspect(connection).has_table(_VERSION.name)
    current = connection.scalar(select(_VERSION.c.version_num)) if is_begun else None
    known = _revisions()
    if current is not None and current not in known:
        raise SchemaError(
            f"The database is at revision {current!r}, which a newer release made; this one knows "
            f"them up to {known[-1]!r}. Serve it with the newer release, or have that one take it "
            f"back: `python -m service migrate --to {known[-1]}`."
        )
    return Schema(current, known)


@cache
def _revisions() -> tuple[str, ...]:
    """Return the revisions, the oldest first, from the names of the files: ``r0001_…``."""
    names = (path.name for path in (HISTORY / "versions").glob("r*.py"))
    return tuple(sorted(name[1:].partition("_")[0] for name in names))


def _bring(connection: Connection, schema: Schema, to: str, *, may_lose: bool) -> None:
    here, there = schema.place(schema.current), schema.place(to)
    if there < here and not may_lose:
        dropped = ", ".join(schema.known[there:here])
        raise LossyMigrationError(
            f"The way back to {to!r} drops what came with {dropped}; nothing was done."
        )
    if there != here:
        from alembic import command

        go = command.upgrade if there > here else command.downgrade
        LOG.info("The database goes from revision %s to %s", schema.current or BASE, to)
        go(history(connection), to)
