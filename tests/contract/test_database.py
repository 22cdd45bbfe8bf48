"""How SQLite is opened, written to, and refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from models.emotion import Quadrant
from service.ports import Content, Heading, Label
from service.refusals import StoreUnavailableError
from service.stores.catalogue import SqlCatalogue
from service.stores.database import IDS_AT_ONCE, Database, in_parts
from service.stores.label_log import SqlLabelLog
from service.stores.schema import migrate
from service.stores.tables import catalogue
from tests.fakes import FakeClock, believer, features


@pytest.fixture(name="database")
def _database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/attune.db", busy_timeout_s=0.05)
    migrate(database)
    yield database
    database.close()


def revision(database):
    with database.read() as connection:
        return connection.execute(select(catalogue.c.revision)).scalar_one()


def write(database, value):
    with database.write() as connection:
        connection.execute(catalogue.update().values(revision=value))
        assert value < 100, "too much"


def test_an_error_undoes_what_was_written(database):
    write(database, 1)

    with pytest.raises(AssertionError, match="too much"):
        write(database, 100)

    assert revision(database) == 1


def test_who_waits_too_long_for_another_writer_is_told_so(database):
    with database.write(), pytest.raises(StoreUnavailableError, match="locked"):
        write(database, 1)


def test_who_reads_waits_for_nobody(database):
    with database.write() as connection:
        connection.execute(catalogue.update().values(revision=7))

        assert revision(database) == 0


def test_a_database_that_cannot_be_written_to_says_so(tmp_path, database):
    with database.write() as connection:
        connection.exec_driver_sql("SELECT 1")
    read_only = Database(f"sqlite:///file:{tmp_path}/attune.db?mode=ro&uri=true")

    with pytest.raises(StoreUnavailableError, match="readonly"):
        write(read_only, 1)
    assert revision(read_only) == 0


def test_a_refusal_does_not_tell_what_was_written(database):
    log = SqlLabelLog(database, FakeClock())

    with database.write(), pytest.raises(StoreUnavailableError) as refusal:
        log.append("secret-user", [Label("secret-event", "t", Quadrant.Q1)])

    assert "secret" not in str(refusal.value)


def test_a_mistake_of_ours_is_no_refusal(database):
    with pytest.raises(Exception, match="UNIQUE"), database.write() as connection:
        connection.execute(insert(catalogue), {"id": 1, "revision": 0})


@pytest.mark.parametrize(
    "url",
    ["nonsense", "nosuch://host/db", "sqlite://", "sqlite:///:memory:", "sqlite:////proc/x/a.db"],
)
def test_a_database_that_cannot_be_is_refused(url):
    with pytest.raises(StoreUnavailableError, match="cannot be opened"):
        Database(url)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "attune.db").write_text("This is a letter, not a database. " * 40)

    with pytest.raises(StoreUnavailableError, match="not a database"):
        migrate(Database(f"sqlite:///{tmp_path}/attune.db"))


def test_what_was_acknowledged_survives_a_power_cut(database):
    with database.write() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_more_ids_than_a_statement_may_name_are_read_in_parts():
    ids = [f"t{number:06}" for number in range(2 * IDS_AT_ONCE + 1)]

    parts = list(in_parts(ids))

    assert [len(part) for part in parts] == [IDS_AT_ONCE, IDS_AT_ONCE, 1]
    assert [track_id for part in parts for track_id in part] == ids


def test_many_tracks_can_be_asked_for_at_once(database):
    tracks = SqlCatalogue(database, believer(), FakeClock())
    tracks.put("t", features(), Content("a" * 64, None), Heading())
    many = [f"x{number}" for number in range(40_000)]

    assert tracks.learnt_from([*many, "t"]).keys() == {"t"}
