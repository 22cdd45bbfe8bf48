"""Copy of a whole database into an empty one, as from SQLite to PostgreSQL."""

from collections.abc import Callable

from sqlalchemy import Connection, Table, delete, func, insert, select

from service.db.database import Database
from service.db.schema import migrate, require_same
from service.db.tables import (
    api_key,
    calibration,
    forgotten_user,
    label_event,
    metadata,
    published_features,
    published_part,
    track,
)
from service.errors import DatabaseInUseError

ROWS_AT_ONCE = 500
"""Rows read and written at once; segments of a track have up to 60 kB, with a cnn 120 kB."""
_MUST_BE_EMPTY = (label_event, track, api_key, forgotten_user, calibration)
_DERIVED = (published_features, published_part)
"""Tables that are not copied: a replica fills them again."""
_NUMBERED = (label_event.c.seq, calibration.c.seq)
"""Columns that PostgreSQL numbers by a sequence of its own."""


def copy_database(
    source: Database, target: Database, copied: Callable[[str, int], object]
) -> None:
    """Copy every row that cannot be made again, ids and secrets included, in one transaction.

    The source accepts no writes meanwhile if it is SQLite; a server must not be in use.

    Args:
        source: A database with the schema of this release.
        target: A database without tracks, labels and keys; it is migrated first.
        copied: Called with the name and the number of rows of each table.

    Raises:
        SchemaError: A database has the schema of another release, even one that only adds.
        DatabaseInUseError: The target is not empty, or it is the source.
        StoreUnavailableError: A database cannot be reached.
    """
    require_same(source)
    migrate(target)
    require_same(target)
    _require_empty(target)
    with source.write_slowly() as reading, target.write_slowly() as writing:
        for table in metadata.sorted_tables:
            if table not in _DERIVED:
                copied(table.name, _copy(reading, writing, table))
        _number(writing)


def _require_empty(target: Database) -> None:
    with target.read() as connection:
        for table in _MUST_BE_EMPTY:
            if connection.scalar(select(func.count()).select_from(table)):
                raise DatabaseInUseError(table.name)


def _copy(reading: Connection, writing: Connection, table: Table) -> int:
    writing.execute(delete(table))  # the rows that the migrations inserted
    rows = reading.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table))
    keys = table.c.keys()  # not the names, by which a row calls its columns
    n_rows = 0
    for part in rows.partitions():
        writing.execute(insert(table), [dict(zip(keys, row, strict=True)) for row in part])
        n_rows += len(part)
    return n_rows


def _number(writing: Connection) -> None:
    """Let PostgreSQL's sequences go on after the copied rows."""
    if writing.dialect.name != "postgresql":
        return
    for column in _NUMBERED:
        sequence = func.pg_get_serial_sequence(column.table.name, column.name)
        last = writing.scalar(select(func.max(column)))
        if last is not None:
            writing.execute(select(func.setval(sequence, last)))
