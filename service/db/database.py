"""Database connections and transactions, on SQLite and on PostgreSQL."""

import hashlib
import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, func, make_url, select
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

from service.db import postgresql, sqlite
from service.db.file_lock import Claim
from service.db.postgresql import is_forbidden, postgresql_engine, with_driver
from service.db.sqlite import file_of, sqlite_engine
from service.errors import SchemaChangedError, StoreUnavailableError

LOG = logging.getLogger("bentoml.attune.database")
PATIENCE_S = 8.0
LONG_PATIENCE_S = 3_600.0
START_PATIENCE_S = 10.0
"""Longest wait for a server that starts together with the service or restarts."""
_PAUSE_S = 0.5
OWN_FOLDER = Path(".attune")
"""Default folder, relative to the working directory."""
THREADS = 4
MORE_CONNECTIONS = 3
"""Connections beyond one a thread. The threads beside the requests share them: the poller and the
health check, which hold one for milliseconds, and reloads, calibration, track features and votes,
which take one for each part of their work. No thread holds two."""

IDS_AT_ONCE = 10_000
"""Most ids in one statement; SQLite takes 32,766 parameters, PostgreSQL 65,535."""

OURS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""Driver errors that are mistakes in the code; all others concern the database."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What every transaction requires of the database's schema.

    Attributes:
        lock: Name of the lock that transactions share, and that changes of the schema take alone.
        statement: Selects one text or none.
        require: Raises SchemaChangedError if this process must not use what the text says.
    """

    lock: str
    statement: str
    require: Callable[[str | None], None]


class Database:
    """A database that threads of several processes share.

    Each read statement sees what was committed when it began. A write is one transaction; on
    SQLite it takes the write lock at its start, so that it cannot fail half-way on a lock.

    Args:
        url: SQLAlchemy URL; ``postgresql://`` needs no driver name.
        n_threads: Threads that use it concurrently; sizes the connection pool.
        patience_s: Longest wait for a lock or a connection.
        permit: Raises if a write must not go on; called after its start and before its commit.
            Writes of caches do not call it.

    Raises:
        StoreUnavailableError: The URL names no database that can be opened.
    """

    def __init__(
        self,
        url: str,
        *,
        n_threads: int = THREADS,
        patience_s: float = PATIENCE_S,
        permit: Callable[[], None] = lambda: None,
    ) -> None:
        try:
            self._engine = _engine(with_driver(make_url(url)), n_threads, patience_s)
        except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
            raise StoreUnavailableError(f"The database cannot be opened: {error}") from error
        self._reader = self._engine
        if not self.is_local:
            # Autocommit saves a second round trip to the server for a single statement.
            self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writer = self._engine.execution_options(writes="FULL")
        self._slow_writer = self._writer.execution_options(patience_s=LONG_PATIENCE_S)
        self._cache_writer = self._engine.execution_options(writes="NORMAL")
        self._patience_s = patience_s
        self._permit = permit
        self._guard: Guard | None = None
        self._is_refused = False
        self._claim: Claim | None = None

    @property
    def is_local(self) -> bool:
        """Whether the database serves the processes of one machine only, as SQLite does."""
        return self._engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server."""
        return file_of(self._engine.url)

    @property
    def folder(self) -> Path:
        """Folder for derived files on this machine: beside SQLite's file, or else `.attune`."""
        return self.file.parent if self.file else OWN_FOLDER

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection for reading.

        Raises:
            SchemaChangedError: Another release changed the schema.
            StoreUnavailableError: The database cannot be read now.
        """
        with _refusing(), self._reader.connect() as connection:
            if self._is_refused:
                self._require(connection)
            try:
                yield connection
            except ProgrammingError:  # what it reads may have been removed a moment ago
                self._require(connection)
                raise

    def guard(self, guard: Guard) -> None:
        """Require something of the schema at the start of every transaction from now on."""
        self._guard = guard

    def check_schema(self) -> None:
        """Check the schema now; reads are refused while it is another one.

        Raises:
            SchemaChangedError: Another release changed the schema.
            StoreUnavailableError: The database cannot be read now.
        """
        with _refusing(), self._reader.connect() as connection:
            self._require(connection)

    @contextmanager
    def write_cache(self) -> Iterator[Connection]:
        """Yield a connection for writing what can be computed again.

        The commit does not wait for the disk, so a power failure may undo it.

        Raises:
            SchemaChangedError: Another release changed the schema.
            StoreUnavailableError: The database cannot be written to now.
        """
        with self._transaction(self._cache_writer) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection for a transaction, committed at the end and rolled back on an error.

        The commit waits for the disk: an acknowledged write survives a power failure.

        Raises:
            SchemaChangedError: Another release changed the schema.
            StoreUnavailableError: The database cannot be written to now, or did not confirm the
                commit, which then may or may not have happened.
        """
        with self._permitted(self._writer) as connection:
            yield connection

    @contextmanager
    def write_slowly(self) -> Iterator[Connection]:
        """Yield a connection as `write` does, for slow writes that wait longer for locks.

        Raises:
            SchemaChangedError: As for `write`.
            StoreUnavailableError: As for `write`.
        """
        try:
            with self._permitted(self._slow_writer) as connection:
                yield connection
        finally:
            self._engine.dispose()  # SQLite's connection would keep the longer time limit

    def erase_traces(self) -> None:
        """Overwrite deleted rows on the disk now.

        SQLite's write-ahead log is moved into the file and truncated, as far as no reader needs
        it. PostgreSQL does it later, by vacuuming.
        """
        if self.is_local:
            with self.read() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def claim(self, machine: str) -> None:
        """Prevent other machines from serving the same SQLite file; do nothing for a server.

        Raises:
            StoreUnavailableError: Another machine serves the file.
        """
        if self.file is not None:
            self._claim = Claim(self.file, machine)

    def await_server(self, patience_s: float = START_PATIENCE_S) -> None:
        """Wait until the server answers; return at once for SQLite.

        Raises:
            StoreUnavailableError: It did not answer in time.
        """
        gives_up = time.monotonic() + patience_s
        is_there = self.is_local
        while not is_there:
            try:
                with self.read() as connection:
                    is_there = bool(connection.execute(select(1)).scalar_one())
            except StoreUnavailableError as error:
                if time.monotonic() > gives_up:
                    raise
                LOG.warning("%s Retrying.", error)
                time.sleep(_PAUSE_S)

    def connection_limit(self) -> int | None:
        """Return how many connections the server allows to roles without privileges in total.

        Returns:
            ``max_connections`` less the reserved ones; None for SQLite, which has no limit.

        Raises:
            StoreUnavailableError: The database cannot be read now.
        """
        if self.is_local:
            return None
        with self.read() as connection:
            return postgresql.connection_limit(connection)

    def close(self) -> None:
        """Close all connections, and release SQLite's file to other machines."""
        self._engine.dispose()
        if self._claim is not None:
            self._claim.release()

    @contextmanager
    def _permitted(self, engine: Engine) -> Iterator[Connection]:
        with self._transaction(engine) as connection:
            self._permit()
            yield connection
            self._permit()

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        with _refusing(), engine.connect() as connection, connection.begin() as transaction:
            self._begin(connection)
            self._require(connection, is_writing=True)
            yield connection
            with _refusing("The database did not confirm the write, which may be sent again"):
                transaction.commit()

    def _begin(self, connection: Connection) -> None:
        # Not SQLAlchemy's event: a listener makes every statement look for all others.
        if self.is_local:
            sqlite.begin_writing(connection, self._patience_s)
        else:
            postgresql.begin_writing(connection)

    def _require(self, connection: Connection, *, is_writing: bool = False) -> None:
        if (guard := self._guard) is None:
            return
        if is_writing and not self.is_local:
            found = postgresql.read_behind(connection, _key(guard.lock), guard.statement)
        else:  # a write transaction holds SQLite's only write lock
            found = connection.exec_driver_sql(guard.statement).scalar()
        try:
            guard.require(found)
        except SchemaChangedError:
            self._is_refused = True
            raise
        self._is_refused = False


IdT = TypeVar("IdT", str, int)


def in_parts(ids: Collection[IdT]) -> Iterator[list[IdT]]:
    """Yield ids in order, at most `IDS_AT_ONCE` at a time."""
    remaining = iter(ids)
    while part := list(islice(remaining, IDS_AT_ONCE)):
        yield part


def lock(connection: Connection, name: str) -> None:
    """Make other transactions that lock this name wait until this one ends."""
    if connection.dialect.name == "sqlite":
        return  # a write transaction holds SQLite's only write lock
    connection.execute(select(func.pg_advisory_xact_lock(_key(name))))


def limit_waits(connection: Connection, seconds: float) -> None:
    """Limit each further wait for a lock in a transaction; SQLite's has its only lock already."""
    if connection.dialect.name != "sqlite":
        postgresql.limit_waits(connection, seconds)


def _key(lock_name: str) -> int:
    digest = hashlib.blake2b(lock_name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def most_connections(n_threads: int) -> int:
    """Return how many connections a process with so many threads opens at most."""
    return n_threads + MORE_CONNECTIONS


def _engine(url: URL, n_threads: int, patience_s: float) -> Engine:
    make = sqlite_engine if url.get_backend_name() == "sqlite" else postgresql_engine
    return make(
        url,
        patience_s=patience_s,
        pool_size=most_connections(n_threads),
        max_overflow=0,
        pool_timeout=patience_s,
        hide_parameters=True,  # they may be personal data, and errors are logged
    )


@contextmanager
def _refusing(sentence: str = "The database cannot answer now") -> Iterator[None]:
    """Raise a driver's errors as StoreUnavailableError, without the statement's parameters."""
    try:
        yield
    except PoolTimeoutError as error:
        raise StoreUnavailableError(f"{sentence}: all connections are in use.") from error
    except DBAPIError as error:
        if isinstance(error, OURS) and not is_forbidden(error):
            raise
        raise StoreUnavailableError(f"{sentence}: {_message(error)}.") from error


def _message(error: DBAPIError) -> str:
    """Return the driver's message on one line, without the server's address."""
    text = getattr(getattr(error.orig, "diag", None), "message_primary", None) or str(error.orig)
    first, *_ = text.strip().splitlines() or ["no message"]
    return first.rpartition("failed: ")[2].rstrip(".")
