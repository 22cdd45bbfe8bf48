"""A copy of SQLite's file, made while the service is running."""

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
    """Copy a database, as it is at one moment, into a new file; return the file's bytes.

    Nobody waits for it. What was deleted is not in the copy, only what is there: rows, and not
    SQLite's pages.

    Raises:
        SettingsError: The database is no file.
        FileExistsError: There is a file of that name; it is left alone.
        StoreUnavailableError: The database cannot be read, or the copy not be written.
    """
    source = file_of(make_url(database_url))
    if source is None:
        raise SettingsError(
            "Only SQLite's file is backed up by this command; for PostgreSQL there is pg_dump."
        )
    if file.exists():
        raise FileExistsError(f"{file} is there already; a backup never replaces another.")
    # Under another name until it is whole, so that nobody takes a half of it for a backup.
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)  # a link, or a file that others may read, would get the copy
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))
    try:
        _copy(source, part)
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def _copy(source: Path, part: Path) -> None:
    address = f"{source.resolve().as_uri()}?mode=rw"  # a name with a typo makes no database
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE_S)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
    except sqlite3.Error as error:
        raise StoreUnavailableError(f"{source} cannot be backed up: {error}.") from error
    with part.open("rb") as written:
        os.fsync(written.fileno())
