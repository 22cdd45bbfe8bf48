"""The schema of a database, and migrations to another.

A revision is four digits, and a letter if code of the revisions with the same digits can go on
after it: ``0016a`` adds what code of ``0016`` neither reads nor has to write. Code goes on with
later revisions of its own digits, and refuses to use a database with any other.
"""

import logging
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table

from service.db.database import Database, Guard, limit_waits, lock
from service.db.tables import metadata
from service.errors import LossyMigrationError, SchemaChangedError, SchemaError

if TYPE_CHECKING:
    from alembic.config import Config  # slow to import, and only migrations need it

HISTORY = Path(__file__).parent / "migrations"
HEAD, BASE = "head", "base"
LOG = logging.getLogger("bentoml.attune.schema")
_VERSION = table("alembic_version", column("version_num"))
"""Alembic's table: one row with the revision."""
_N_DIGITS = 4
_BRIEFLY_S = 2.0
"""Longest wait for a table by a migration that only adds; requests then wait no longer either."""
_LOCK = "schema"
"""Shared by transactions of running processes; taken alone by migrations that end them."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A database's revision among those that this release knows.

    Attributes:
        current: Its revision; None without tables. One of a newer release, whose schema this one
            can use too, is not among the known ones.
        known: All revisions, oldest first.
    """

    current: str | None
    known: tuple[str, ...]

    @property
    def head(self) -> str:
        """The revision that this release needs."""
        return self.known[-1]

    @property
    def is_newer(self) -> bool:
        """Whether a newer release migrated the database, in a way that this one can use."""
        return self.current is not None and self.current not in self.known

    @property
    def pending(self) -> tuple[str, ...]:
        """The revisions that are not applied yet."""
        return self.known[self.place(self.current) :]

    def place(self, revision: str | None) -> int:
        """Return the number of migrations up to a revision, ``head`` or ``base``.

        Raises:
            SchemaError: This release does not know the revision.
        """
        if revision is None or revision == BASE:
            return 0
        if revision == HEAD or (revision == self.current and self.is_newer):
            return len(self.known)
        if revision not in self.known:
            raise SchemaError(
                f"There is no revision {revision!r}; the known ones are {', '.join(self.known)}."
            )
        return self.known.index(revision) + 1


def schema_of(database: Database) -> Schema:
    """Return a database's revision among the known ones.

    Raises:
        SchemaError: A newer release migrated the database.
        StoreUnavailableError: The database cannot be read.
    """
    with database.read() as connection:
        return _schema(connection)


def migrate(database: Database, to: str = HEAD, *, may_lose: bool = False) -> Schema:
    """Migrate a database to a revision; processes that start together wait for each other.

    Nothing is written if the database is there already.

    Args:
        database: The database to migrate.
        to: A revision, ``head`` or ``base``.
        may_lose: Whether a downgrade, which drops data of newer tables, is allowed.

    Returns:
        The database's revision afterwards.

    Raises:
        SchemaError: A newer release migrated the database, or there is no such revision.
        LossyMigrationError: It would be a downgrade, which is not allowed.
        StoreUnavailableError: The database cannot be written to.
    """
    schema = schema_of(database)
    if schema.place(to) == schema.place(schema.current):
        return schema
    with database.write_slowly() as connection:
        lock(connection, "migrations")
        schema = _schema(connection)  # another process may have migrated meanwhile
        _bring(connection, schema, to, may_lose=may_lose)
        return _schema(connection)


def prepare(database: Database, *, may_migrate: bool) -> None:
    """Migrate a database to the newest schema, or check that it has it.

    From now on a transaction of this process fails if another release has changed the schema.

    Raises:
        SchemaError: It has an older schema and may not be migrated, or a newer one.
        StoreUnavailableError: The database cannot be read, or written to.
    """
    if may_migrate:
        migrate(database)
    else:
        require_newest(database)
    require = partial(_require_usable, head=_revisions()[-1])
    database.guard(Guard(_LOCK, str(select(_VERSION.c.version_num)), require))


def require_newest(database: Database) -> None:
    """Check that no migration is pending.

    Raises:
        SchemaError: One is pending, or a newer release migrated the database.
        StoreUnavailableError: The database cannot be read.
    """
    schema = schema_of(database)
    if schema.pending:
        stands = f"is at revision {schema.current!r}" if schema.current else "has no tables yet"
        raise SchemaError(
            f"The database {stands}, but this release needs {schema.head!r}: run "
            "`python -m service migrate`, or set ATTUNE_MIGRATE=start."
        )


def require_same(database: Database) -> None:
    """Check that the schema is that of this release: nothing is pending, and nothing was added.

    Raises:
        SchemaError: It has the schema of another release.
        StoreUnavailableError: The database cannot be read.
    """
    require_newest(database)
    schema = schema_of(database)
    if schema.is_newer:
        raise SchemaError(
            f"The database is at revision {schema.current!r} of a newer release, which adds what "
            f"this one, of {schema.head!r}, would leave out: use the newer release."
        )


def history(connection: Connection) -> "Config":
    """Return alembic's configuration for a connection, inside its transaction."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection, "metadata": metadata})
    config.set_main_option("script_location", str(HISTORY))
    return config


def _schema(connection: Connection) -> Schema:
    is_begun = inspect(connection).has_table(_VERSION.name)
    current = connection.scalar(select(_VERSION.c.version_num)) if is_begun else None
    known = _revisions()
    if current is not None and current not in known and not _is_usable(current, known[-1]):
        raise SchemaError(
            f"The database is at revision {current!r} of a newer release; this release knows "
            f"revisions up to {known[-1]!r}. Serve it with the newer release, or use that one to "
            f"downgrade it: `python -m service migrate --to {known[-1]}`."
        )
    return Schema(current, known)


def _require_usable(revision: str | None, *, head: str) -> None:
    if revision is None or not _is_usable(revision, head):
        raise SchemaChangedError(revision, head)


def _is_usable(revision: str, head: str) -> bool:
    """Whether code of revision ``head`` can use a database: of its own, or one that adds to it."""
    return revision >= head and _is_same_generation(revision, head)


def _is_same_generation(one: str, other: str) -> bool:
    return one[:_N_DIGITS] == other[:_N_DIGITS]


@cache
def _revisions() -> tuple[str, ...]:
    """Return the revisions, oldest first, from the file names ``r0001_…``."""
    names = (path.name for path in (HISTORY / "versions").glob("r*.py"))
    return tuple(sorted(name[1:].partition("_")[0] for name in names))


def _bring(connection: Connection, schema: Schema, to: str, *, may_lose: bool) -> None:
    here, there = schema.place(schema.current), schema.place(to)
    if there < here and not may_lose:
        dropped = ", ".join(schema.known[there:here])
        raise LossyMigrationError(
            f"The downgrade to {to!r} drops the data of {dropped}; nothing was changed."
        )
    if there < here and schema.is_newer:
        raise SchemaError(
            f"The database is at revision {schema.current!r} of a newer release: only that one "
            "can downgrade it."
        )
    if there != here:
        from alembic import command

        target = schema.known[there - 1] if there else BASE
        if there < here or not _is_same_generation(target, schema.current or BASE):
            lock(connection, _LOCK)  # running processes of other releases cannot write from now on
        else:
            limit_waits(connection, _BRIEFLY_S)  # requests of other releases queue behind it
        go = command.upgrade if there > here else command.downgrade
        LOG.info("Migrating the database from revision %s to %s", schema.current or BASE, to)
        go(history(connection), to)
