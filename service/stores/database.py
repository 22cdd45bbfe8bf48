"""Connections: how a transaction begins, and all that differs between SQLite and PostgreSQL."""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.refusals import StoreUnavailableError

BUSY_TIMEOUT_S = 10.0

PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA foreign_keys = ON")

IDS_AT_ONCE = 10_000
"""Ids in one statement; SQLite takes 32,766 parameters, PostgreSQL 65,535."""

OURS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""What a driver says of a mistake in the code; the rest is about the database."""


class Database:
    """A database that threads of several processes share.

    Reads run statement by statement, each on what was committed when it began. A write is one
    transaction; on SQLite it holds the write lock from its first moment, so that it cannot find
    half-way that another was faster.

    Args:
        url: As SQLAlchemy writes them.
        busy_timeout_s: How long a writer waits for another on SQLite before it gives up.

    Raises:
        StoreUnavailableError: The URL names no database that can be opened.
    """

    def __init__(self, url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        try:
            self._engine = _engine(make_url(url), busy_timeout_s)
        except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
            raise StoreUnavailableError(f"The database cannot be opened: {error}") from error
        self._writer = self._engine.execution_options(writes="FULL")
        self._cache_writer = self._engine.execution_options(writes="NORMAL")

    @property
    def folder(self) -> Path:
        """Where this machine may keep what it derives: beside SQLite's file, or else `.attune`."""
        url = self._engine.url
        if url.get_backend_name() != "sqlite" or str(url.database).startswith("file:"):
            return Path(".attune")
        return Path(str(url.database)).parent

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection to read from.

        Raises:
            StoreUnavailableError: The database cannot be read now.
        """
        with _refusing(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write_cache(self) -> Iterator[Connection]:
        """Lend a connection to write what can be computed again.

        The commit does not wait for the disk, so a power cut may undo it.

        Raises:
            StoreUnavailableError: The database cannot be written to now.
        """
        with _refusing(), self._cache_writer.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Lend a connection; what is done with it is committed at the end, or undone by an error.

        The commit waits for the disk: what was acknowledged survives a power cut.

        Raises:
            StoreUnavailableError: The database cannot be written to now.
        """
        with _refusing(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def in_parts(ids: Collection[str]) -> Iterator[list[str]]:
    """Yield ids in their order, as many at a time as a statement may name."""
    remaining = iter(ids)
    while part := list(islice(remaining, IDS_AT_ONCE)):
        yield part


def lock(connection: Connection, name: str) -> None:
    """Keep other transactions that lock this name waiting until this one ends."""
    if connection.dialect.name == "sqlite":
        return  # a transaction that writes holds the only write lock there is
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    key = int.from_bytes(digest, "big", signed=True)
    connection.execute(select(func.pg_advisory_xact_lock(key)))


def _engine(url: URL, busy_timeout_s: float) -> Engine:
    if url.get_backend_name() != "sqlite":
        engine = create_engine(url, pool_pre_ping=True)
        event.listen(engine, "begin", _begin_postgresql)
        return engine
    if not url.database or url.database == ":memory:":
        raise ArgumentError("SQLite in memory would be another database in every thread.")
    if not url.database.startswith("file:"):
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": busy_timeout_s})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, record: object) -> None:
    del record
    connection.isolation_level = None  # the driver begins nothing by itself
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    durability = connection.get_execution_options().get("writes")
    if durability:
        connection.exec_driver_sql(f"PRAGMA synchronous = {durability}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("writes") == "NORMAL":
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")


@contextmanager
def _refusing() -> Iterator[None]:
    """Say what the driver said, but not the parameters of the statement: they may be personal."""
    try:
        yield
    except OURS:
        raise
    except (DBAPIError, PoolTimeoutError) as error:
        told = error.orig if isinstance(error, DBAPIError) else "all connections are in use"
        raise StoreUnavailableError(f"The database cannot answer now: {told}.") from error
