"""The migrations make the tables that the stores speak of."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from service.stores.database import Database
from service.stores.schema import history, migrate
from service.stores.tables import metadata


@pytest.fixture(name="url")
def _url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/new/attune.db"


@pytest.fixture(name="database")
def _database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def test_the_migrations_end_in_the_tables_of_the_stores(database):
    migrate(database)

    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_migrating_again_changes_nothing(database):
    migrate(database)
    migrate(database)

    with database.read() as connection:
        assert set(metadata.tables) <= set(inspect(connection).get_table_names())


def test_the_migrations_can_be_taken_back(database):
    migrate(database)

    with database.write() as connection:
        command.downgrade(history(connection), "base")

    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_a_migration_that_fails_leaves_nothing_behind(database):
    def fail_half_way() -> None:
        with database.write() as connection:
            command.upgrade(history(connection), "head")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    with database.read() as connection:
        assert inspect(connection).get_table_names() == []


def test_workers_that_start_together_all_find_the_tables(url):
    def start(_: int) -> list[str]:
        database = Database(url)
        migrate(database)
        with database.read() as connection:
            names = inspect(connection).get_table_names()
        database.close()
        return names

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(start, range(8)))

    assert all(set(metadata.tables) < set(names) for names in found)
