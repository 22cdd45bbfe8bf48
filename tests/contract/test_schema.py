"""The migrations make the tables that the stores speak of."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select

from service.stores.database import Database
from service.stores.label_log import SqlLabelLog
from service.stores.schema import history, migrate
from service.stores.tables import catalogue, metadata, track, track_votes
from tests.fakes import FakeClock

LONG = ("lyrics_vector", "audio_vector", "starts_s", "ends_s", "segment_proba", "segments")


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


def test_votes_and_tracks_survive_the_migration_to_sketches_and_back(database):
    blobs = {name: name.encode() for name in LONG}
    with database.write() as connection:
        command.upgrade(history(connection), "0001")
        connection.exec_driver_sql(
            "INSERT INTO track (track_id, revision, is_hidden, created_at, updated_at,"
            " feature_digest, snapshot, title, lyrics_vector, audio_vector, starts_s, ends_s,"
            " segment_proba, segments) VALUES ('t', 1, 0, '2026-01-01', '2026-01-01', 'f', 'v',"
            " 'T', ?, ?, ?, ?, ?, ?)",
            tuple(blobs[name] for name in LONG),
        )
        connection.exec_driver_sql("INSERT INTO track_votes VALUES ('t', 1, 0, 2, 0)")

    migrate(database)

    with database.read() as connection:
        (row,) = connection.execute(select(track)).all()
        (votes,) = connection.execute(select(track_votes)).all()
        (named,) = connection.execute(select(catalogue.c.identity)).all()
    assert {name: getattr(row, name) for name in LONG} == blobs
    assert (row.title, row.sketch, votes.q3) == ("T", None, 2)
    assert SqlLabelLog(database, FakeClock()).votes_since(0).counts == {"t": (1, 0, 2, 0)}
    assert len(named.identity) == 32

    with database.write() as connection:
        command.downgrade(history(connection), "0001")

    with database.read() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM track").all()
        votes = connection.exec_driver_sql("SELECT * FROM track_votes").one()
    assert {name: getattr(row, name) for name in LONG} == blobs
    assert tuple(votes) == ("t", 1, 0, 2, 0)


def test_what_is_long_stands_behind_the_sketch(database):
    migrate(database)

    with database.read() as connection:
        names = [column["name"] for column in inspect(connection).get_columns("track")]

    assert names[-7:] == ["sketch", *LONG]
    assert names == [column.name for column in track.columns]


def test_databases_are_told_apart(tmp_path):
    found = set()
    for name in ("one", "two"):
        database = Database(f"sqlite:///{tmp_path}/{name}.db")
        migrate(database)
        with database.read() as connection:
            found.add(connection.execute(select(catalogue.c.identity)).scalar_one())
        database.close()

    assert len(found) == 2
