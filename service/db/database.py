"""Connections: how a transaction begins and ends, on SQLite and on PostgreSQL."""

import hashlib
import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
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
from service.errors import StoreUnavailableError

LOG = logging.getLogger("bentoml.attune.database")
PATIENCE_S = 8.0
LONG_PATIENCE_S = 3_600.0
START_PATIENCE_S = 10.0
"""How long a server is waited for that starts with the service, or is being restarted."""
_PAUSE_S = 0.5
OWN_FOLDER = Path(".attune")
"""Made where the service is started, unless the operator names others."""
THREADS = 4
MORE_CONNECTIONS = 4
"""Beyond one a thread, for a short time: resources have threads of their own, so has the watch."""

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
        url: As SQLAlchemy writes them; ``postgresql://`` needs no driver's name.
        n_threads: How many use it at the same time; sizes the pool of connections.
        patience_s: How long anybody waits for a lock or for a connection before giving up.
        permit: Raises if a write must not go on; called when the write has its turn and before
            the commit. Caches are written without: they can be computed again.

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
            # One statement, one answer: else a transaction costs two journeys to the server.
            self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writer = self._engine.execution_options(writes="FULL")
        self._slow_writer = self._writer.execution_options(patience_s=LONG_PATIENCE_S)
        self._cache_writer = self._engine.execution_options(writes="NORMAL")
        self._patience_s = patience_s
        self._permit = permit
        self._claim: Claim | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is for the processes of one machine alone, as SQLite's are."""
        return self._engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for a server."""
        return file_of(self._engine.url)

    @property
    def folder(self) -> Path:
        """Where this machine may keep what it derives: beside SQLite's file, or else `.attune`."""
        return self.file.parent if self.file else OWN_FOLDER

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection to read from.

        Raises:
            StoreUnavailableError: The database cannot be read now.
        """
        with _refusing(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write_cache(self) -> Iterator[Connection]:
        """Lend a connection to write what can be computed again.

        The commit does not wait for the disk, so a power cut may undo it.

        Raises:
            StoreUnavailableError: The database cannot be written to now.
        """
        with self._transaction(self._cache_writer) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Lend a connection; what is done with it is committed at the end, or undone by an error.

        The commit waits for the disk: what was acknowledged survives a power cut.

        Raises:
            StoreUnavailableError: The database cannot be written to now, or did not confirm the
                commit, so that nobody knows whether it was done.
        """
        with self._permitted(self._writer) as connection:
            yield connection

    @contextmanager
    def write_slowly(self) -> Iterator[Connection]:
        """Lend a connection as `write` does, for what may take long and waits for others of it.

        Raises:
            StoreUnavailableError: As for `write`.
        """
        try:
            with self._permitted(self._slow_writer) as connection:
                yield connection
        finally:
            self._engine.dispose()  # SQLite's connection would go on being as patient

    def erase_traces(self) -> None:
        """Have what was deleted overwritten now, not at some time.

        SQLite's log of changes is moved into the file and emptied, as far as nobody is reading it;
        PostgreSQL does it in its own time, by vacuuming.
        """
        if self.is_local:
            with self.read() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def claim(self, machine: str) -> None:
        """Keep other machines from serving the same file; a server is for all of them.

        Raises:
            StoreUnavailableError: Another machine is serving it.
        """
        if self.file is not None:
            self._claim = Claim(self.file, machine)

    def await_server(self, patience_s: float = START_PATIENCE_S) -> None:
        """Return when a server answers, or at once where there is none to wait for.

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
                LOG.warning("%s It is asked again.", error)
                time.sleep(_PAUSE_S)

    def close(self) -> None:
        """Give all connections back, and SQLite's file to whoever wants it."""
        self._engine.dispose()
        if self._claim is not None:
            self._claim.let_go()

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
            yield connection
            with _refusing("The database did not confirm what was sent, which may be sent again"):
                transaction.commit()

    def _begin(self, connection: Connection) -> None:
        # Not by SQLAlchemy's event: where one is listened to, each statement looks for all others.
        if self.is_local:
            sqlite.begin_writing(connection, self._patience_s)
        else:
            postgresql.begin_writing(connection)


IdT = TypeVar("IdT", str, int)


def in_parts(ids: Collection[IdT]) -> Iterator[list[IdT]]:
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


def _engine(url: URL, n_threads: int, patience_s: float) -> Engine:
    make = sqlite_engine if url.get_backend_name() == "sqlite" else postgresql_engine
    return make(
        url,
        patience_s=patience_s,
        pool_size=n_threads,
        max_overflow=n_threads + MORE_CONNECTIONS,
        pool_timeout=patience_s,
        hide_parameters=True,  # they may be personal, and errors are logged
    )


@contextmanager
def _refusing(sentence: str = "The database cannot answer now") -> Iterator[None]:
    """Say what the driver said, but not the parameters of the statement: they may be personal."""
    try:
        yield
    except PoolTimeoutError as error:
        raise StoreUnavailableError(f"{sentence}: all connections are in use.") from error
    except DBAPIError as error:
        if isinstance(error, OURS) and not is_forbidden(error):
            raise
        raise StoreUnavailableError(f"{sentence}: {_told(error)}.") from error


def _told(error: DBAPIError) -> str:
    """Return what the driver said, in a line, without the server's address."""
    error_text = getattr(getattr(error.orig, "diag", None), "message_primary", None) or str(
        error.orig
    )
    first, *_ = error_text.strip().splitlines() or ["it said nothing"]
    return first.rpartition("failed: ")[2].rstrip(".")
