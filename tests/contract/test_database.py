"""How databases are opened, read, written to and refused: SQLite's and PostgreSQL's alike."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from models.emotion import Quadrant
from service.db.catalogue import Catalogue
from service.db.database import IDS_AT_ONCE, Database, in_parts, most_connections
from service.db.label_log import LabelLog
from service.db.tables import catalogue
from service.errors import KeyRevokedError, StoreUnavailableError
from service.labels import Label
from service.tracks import Content, TrackMetadata
from tests.contract.catalogue_counter import revision
from tests.fakes import FakeClock, features, population_predictor

IMPATIENT = {"patience_s": 0.05, "n_threads": 1}


@pytest.fixture(name="database")
def _database(url: str) -> Iterator[Database]:
    with closing(Database(url, **IMPATIENT)) as database:
        yield database


def write(database, value):
    with database.write() as connection:
        connection.execute(catalogue.update().values(revision=value))
        assert value < 100, "too much"


def test_an_error_undoes_what_was_written(database):
    write(database, 1)

    with pytest.raises(AssertionError, match="too much"):
        write(database, 100)

    assert revision(database) == 1


def test_what_is_not_permitted_before_the_commit_is_not_written(url):
    turns = iter([True, True, True, False, False])

    def permit():
        if not next(turns):
            raise KeyRevokedError("k")

    with closing(Database(url, **IMPATIENT, permit=permit)) as asked:
        write(asked, 1)

        with pytest.raises(KeyRevokedError):
            write(asked, 2)  # from its commit on
        with pytest.raises(KeyRevokedError), asked.write():
            pytest.fail("it was begun")

        assert revision(asked) == 1


def test_who_waits_too_long_for_another_writer_is_told_so_and_may_try_again(database):
    with database.write() as connection:
        connection.execute(catalogue.update().values(revision=7))

        with pytest.raises(StoreUnavailableError, match="lock"):
            write(database, 1)

    write(database, 8)
    assert revision(database) == 8


def test_who_reads_waits_for_nobody(database):
    with database.write() as connection:
        connection.execute(catalogue.update().values(revision=7))

        assert revision(database) == 0


def test_more_at_once_than_there_are_connections_are_told_so(database):
    with ExitStack() as stack:
        for _ in range(most_connections(IMPATIENT["n_threads"])):
            stack.enter_context(database.read())

        with pytest.raises(StoreUnavailableError, match="all connections are in use"):
            revision(database)

    assert revision(database) == 0


def test_a_refusal_does_not_tell_what_was_written(database):
    log = LabelLog(database, FakeClock())
    with database.write() as connection:
        connection.execute(catalogue.update().values(revision=7))
        connection.exec_driver_sql(
            "SELECT 1" if database.is_local else "LOCK TABLE forgotten_user, label_event"
        )

        with pytest.raises(StoreUnavailableError) as refusal:
            log.append("secret-user", [Label("secret-event", "t", Quadrant.Q1)])

    assert "secret" not in str(refusal.value)


def test_a_mistake_of_ours_is_no_refusal_and_does_not_tell_what_was_written(database):
    with pytest.raises(IntegrityError) as mistake, database.write() as connection:
        connection.execute(insert(catalogue), {"id": 1, "revision": 0, "identity": "secret"})

    assert "secret" not in str(mistake.value)


@pytest.mark.parametrize(
    "url",
    ["nonsense", "nosuch://host/db", "sqlite://", "sqlite:///:memory:", "sqlite:////proc/x/a.db"],
)
def test_a_database_that_cannot_be_is_refused(url):
    with pytest.raises(StoreUnavailableError, match="cannot be opened"):
        Database(url)


def test_more_ids_than_a_statement_may_name_are_read_in_parts():
    ids = [f"t{number:06}" for number in range(2 * IDS_AT_ONCE + 1)]

    parts = list(in_parts(ids))

    assert [len(part) for part in parts] == [IDS_AT_ONCE, IDS_AT_ONCE, 1]
    assert [track_id for part in parts for track_id in part] == ids


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # PostgreSQL's bound is twice as high
def test_many_tracks_can_be_asked_for_at_once(database):
    tracks = Catalogue(database, population_predictor(), FakeClock())
    tracks.put("t", features(), Content("a" * 64, None), TrackMetadata())
    many = [f"x{number}" for number in range(40_000)]

    assert tracks.learnt_from([*many, "t"]).keys() == {"t"}


def test_many_threads_share_a_few_connections(url):
    with closing(Database(url, n_threads=2)) as shared, ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: revision(shared), range(200)))

    assert found == [0] * 200
