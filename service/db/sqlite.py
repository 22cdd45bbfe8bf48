"""SQLite: one file on this machine's disk, for any number of processes of this machine."""

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
    "PRAGMA secure_delete = ON",  # what a forgotten user said is overwritten, not only unlinked
)
_LOGS = ("-wal", "-shm")
"""How the names of SQLite's other files end."""
_MS = 1_000


def sqlite_engine(url: URL, *, patience_s: float, **pool: Any) -> Engine:
    """Return an engine over a file.

    Args:
        url: Of a file, which is made when it is first needed.
        patience_s: How long a writer waits for another before it gives up.
        pool: What the engine's pool is to be like.
    """
    if not url.database or url.database == ":memory:":
        raise ArgumentError("SQLite in memory would be another database in every thread.")
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
    """Return where the file of a URL is; None for a URI, which SQLite alone understands."""
    is_path = url.get_backend_name() == "sqlite" and not str(url.database).startswith("file:")
    return Path(str(url.database)) if is_path else None


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.isolation_level = None  # the driver begins nothing by itself
    for pragma in PRAGMAS:
        connection.execute(pragma)


def begin_writing(connection: Connection, patience_s: float) -> None:
    """Take the write lock, of which there is one.

    SQLite's connections keep how long to wait and how durable commits are; it is said again only
    where it differs.
    """
    options = connection.get_execution_options()
    waited_s = options.get("patience_s", patience_s)
    _set(connection, "busy_timeout", str(int(waited_s * _MS)))
    _set(connection, "synchronous", options["writes"])
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _set(connection: Connection, pragma: str, value: str) -> None:
    """Set a pragma, unless it was set so on this connection before."""
    if connection.info.get(pragma) != value:
        connection.exec_driver_sql(f"PRAGMA {pragma} = {value}")
        connection.info[pragma] = value


class _File:
    """The file that connections were opened on.

    SQLite goes on writing to a file that was deleted or replaced: everything would be acknowledged
    and nothing kept. So a connection is lent only while its file is the one at the path, and a
    file that was there once is not made anew.

    It is readable by its owner only, and so are its logs of changes, which take its mode.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._was_there = False

    def before_connecting(self, *about: object) -> None:
        """Make the file, but not a second time."""
        del about
        if not self._was_there:
            self._make_private()
        elif not self._path.exists():
            raise sqlite3.OperationalError("its file is gone")

    def connected(self, connection: sqlite3.Connection, record: Any) -> None:
        """Note which file a connection was opened on."""
        del connection
        record.info["file"] = _identity(self._path)
        self._was_there = True

    def require_same(self, connection: sqlite3.Connection, record: Any, proxy: object) -> None:
        """Have the pool connect anew if another file is at the path, or none."""
        del connection, proxy
        if record.info["file"] != _identity(self._path):
            raise InvalidatePoolError

    def _make_private(self) -> None:
        """Make the file if it is missing, and restrict what an earlier release made."""
        with suppress(OSError):  # SQLite says what is wrong
            make_file(self._path)
        logs = (Path(f"{self._path.resolve()}{end}") for end in _LOGS)
        restrict([self._path, *logs])


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  # on the way of every request: half the time
    except OSError:
        return None
    return found.st_dev, found.st_ino
