"""SQLite engines: one file on a local disk, for any number of processes of this machine."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, InvalidatePoolError

from service.private_files import make_file, make_folder, restrict

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # a forgotten user's data are overwritten, not only unlinked
)
_LOGS = ("-wal", "-shm")
"""Suffixes of SQLite's other files."""
_MS = 1_000


def sqlite_engine(url: URL, *, patience_s: float, **pool: Any) -> Engine:
    """Return an engine for an SQLite file.

    Args:
        url: URL of a file, which is created when it is first needed.
        patience_s: Longest wait of a writer for another.
        pool: Arguments of the engine's connection pool.
    """
    if not url.database or url.database == ":memory:":
        raise ArgumentError("SQLite in memory would be a separate database in every thread.")
    if not url.database.startswith("file:"):
        make_folder(Path(url.database).parent)
    engine = create_engine(url, connect_args={"timeout": patience_s}, **pool)
    event.listen(engine, "connect", _prepare)
    if path := file_of(url):
        file = _File(path)
        event.listen(engine, "do_connect", file.before_connecting)
        event.listen(engine, "connect", file.connected)
        event.listen(engine, "checkout", file.require_same)
    return engine


def file_of(url: URL) -> Path | None:
    """Return the path of a URL's file; None for a URI, which only SQLite can resolve."""
    is_path = url.get_backend_name() == "sqlite" and not str(url.database).startswith("file:")
    return Path(str(url.database)) if is_path else None


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.isolation_level = None  # the driver starts no transactions by itself
    for pragma in PRAGMAS:
        connection.execute(pragma)


def begin_writing(connection: Connection, patience_s: float) -> None:
    """Begin a transaction with the write lock.

    Connections keep their time limit and durability, so these are set only where they differ.
    """
    options = connection.get_execution_options()
    waited_s = options.get("patience_s", patience_s)
    _set(connection, "busy_timeout", str(int(waited_s * _MS)))
    _set(connection, "synchronous", options["writes"])
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _set(connection: Connection, pragma: str, value: str) -> None:
    """Set a pragma unless this connection has that value already."""
    if connection.info.get(pragma) != value:
        connection.exec_driver_sql(f"PRAGMA {pragma} = {value}")
        connection.info[pragma] = value


class _File:
    """The file that connections are opened on.

    SQLite goes on writing to a deleted or replaced file: writes would be acknowledged and lost.
    So a connection is used only while its file is at the path, and a file that existed once is
    not created again.

    Only its owner may read it. Its write-ahead logs get the same mode.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._was_there = False

    def before_connecting(self, *about: object) -> None:
        """Create the file, but not a second time."""
        del about
        if not self._was_there:
            self._make_private()
        elif not self._path.exists():
            raise sqlite3.OperationalError("its file was deleted")

    def connected(self, connection: sqlite3.Connection, record: Any) -> None:
        """Record which file a connection was opened on."""
        del connection
        record.info["file"] = _identity(self._path)
        self._was_there = True

    def require_same(self, connection: sqlite3.Connection, record: Any, proxy: object) -> None:
        """Make the pool reconnect if another file, or none, is at the path."""
        del connection, proxy
        if record.info["file"] != _identity(self._path):
            raise InvalidatePoolError

    def _make_private(self) -> None:
        """Create the file if it is missing, and restrict one of an earlier release."""
        with suppress(OSError):  # SQLite reports the problem
            make_file(self._path)
        logs = (Path(f"{self._path.resolve()}{end}") for end in _LOGS)
        restrict([self._path, *logs])


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  # part of every request: half the time of Path.stat
    except OSError:
        return None
    return found.st_dev, found.st_ino
