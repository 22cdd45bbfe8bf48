"""Backup of SQLite's file while the service is running."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from service.db.sqlite import file_of
from service.errors import StoreUnavailableError
from service.settings import SettingsError

_PATIENCE_S = 30.0
_PRIVATE = 0o600


def back_up(database_url: str, file: Path) -> int:
    """Copy a database at one moment into a new file; return the file's size in bytes.

    No other process waits. The copy holds rows only, and no remains of deleted ones.

    Raises:
        SettingsError: The database is not a file.
        FileExistsError: The file exists; it is not changed.
        StoreUnavailableError: The database cannot be read, or the copy not be written.
    """
    source = file_of(make_url(database_url))
    if source is None:
        raise SettingsError(
            "This command backs up SQLite's file only; for PostgreSQL use pg_dump."
        )
    if file.exists():
        raise FileExistsError(f"{file} exists already; a backup never replaces a file.")
    # A temporary name until the copy is complete, so that no partial file passes for a backup.
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)  # it may be a link, or readable by others
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))
    try:
        _copy(source, part)
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def _copy(source: Path, part: Path) -> None:
    address = f"{source.resolve().as_uri()}?mode=rw"  # must not create a missing database
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE_S)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
    except sqlite3.Error as error:
        raise StoreUnavailableError(f"{source} cannot be backed up: {error}.") from error
    with part.open("rb") as written:
        os.fsync(written.fileno())
