"""Where databases are kept: SQLite files in a folder, or the databases of a PostgreSQL cluster.

A database that is being made has another name, so that one that was interrupted is recognised.
"""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Protocol

from tests.postgres import Postgres

PART, TRIAL = "part", "trial"


class Store(Protocol):
    """Databases by name."""

    def has(self, name: str) -> bool:
        """Whether a database was made."""

    def url(self, name: str) -> str:
        """Return the URL of a database that was made."""

    def draft(self, name: str, base: str | None = None) -> str:
        """Return the URL of a database to make: begun before, empty, or a copy of another."""

    def finish(self, name: str) -> None:
        """Give a draft its name."""

    def trial(self, name: str) -> str:
        """Return the URL of a new copy, in place of the one before, which a server may change."""

    def drop_trial(self) -> None:
        """Delete the copy."""

    def table_bytes(self, name: str) -> Mapping[str, int]:
        """Return the bytes of each table with its indexes, largest first."""


class SqliteStore:
    """SQLite files in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def has(self, name: str) -> bool:
        return self._file(name).exists()

    def url(self, name: str) -> str:
        return _url(self._file(name))

    def draft(self, name: str, base: str | None = None) -> str:
        draft = self._file(f"{name}-{PART}")
        if base is not None:
            shutil.copyfile(self._file(base), draft)
        return _url(draft)

    def finish(self, name: str) -> None:
        draft = self._file(f"{name}-{PART}")
        with closing(sqlite3.connect(draft)) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        draft.rename(self._file(name))

    def trial(self, name: str) -> str:
        self.drop_trial()
        copy = self._folder / TRIAL / "attune.db"
        copy.parent.mkdir()
        shutil.copyfile(self._file(name), copy)
        return _url(copy)

    def drop_trial(self) -> None:
        shutil.rmtree(self._folder / TRIAL, ignore_errors=True)

    def table_bytes(self, name: str) -> Mapping[str, int]:
        with closing(sqlite3.connect(self._file(name))) as file:
            (page_bytes,) = file.execute("PRAGMA page_size").fetchone()
            found = file.execute(  # pages: SQLite sums bytes in 32 bits
                "SELECT coalesce(tbl_name, stat.name), sum(pageno) AS pages FROM dbstat AS stat"
                " LEFT JOIN sqlite_master AS made ON made.name = stat.name"
                " WHERE aggregate = TRUE GROUP BY 1 ORDER BY pages DESC"
            )
            return {name: page_bytes * n_pages for name, n_pages in found.fetchall()}

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.db"


class PostgresStore:
    """Databases of a running cluster."""

    def __init__(self, cluster: Postgres) -> None:
        self._cluster = cluster

    def has(self, name: str) -> bool:
        names = self._cluster.tell("SELECT datname FROM pg_database")
        return (name,) in names

    def url(self, name: str) -> str:
        return self._cluster.url_of(name)

    def draft(self, name: str, base: str | None = None) -> str:
        draft = f"{name}-{PART}"
        if base is not None and self.has(draft):
            self._drop(draft)
        if not self.has(draft):
            self._copy(base or "template1", draft)
        return self._cluster.url_of(draft)

    def finish(self, name: str) -> None:
        url = self._cluster.url_of(f"{name}-{PART}")
        self._cluster.tell("VACUUM ANALYZE", url)
        self._cluster.tell(f'ALTER DATABASE "{name}-{PART}" RENAME TO "{name}"')

    def trial(self, name: str) -> str:
        self.drop_trial()
        self._copy(name, TRIAL)
        return self._cluster.url_of(TRIAL)

    def drop_trial(self) -> None:
        self._drop(TRIAL)

    def table_bytes(self, name: str) -> Mapping[str, int]:
        found = self._cluster.tell(
            "SELECT relname, pg_total_relation_size(relid) AS size"
            " FROM pg_stat_user_tables ORDER BY size DESC",
            self._cluster.url_of(name),
        )
        return {str(table): int(str(size)) for table, size in found}

    def _copy(self, base: str, name: str) -> None:
        self._cluster.tell(f'CREATE DATABASE "{name}" TEMPLATE "{base}" STRATEGY file_copy')

    def _drop(self, name: str) -> None:
        self._cluster.tell(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _url(file: Path) -> str:
    return f"sqlite:///{file}"
