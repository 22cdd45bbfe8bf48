"""The databases of the bench hold what the service itself writes."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice

import pytest
from sqlalchemy import Table, delete, select, true

from service.db.bulk_catalogue import BulkCatalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.tables import catalogue, guess, label_event, metadata
from service.serving.container import population_predictor_of
from tests.bench import catalogue as bench_catalogue
from tests.bench.catalogue import Example, entries, fill, track_id_of
from tests.bench.scale import databases
from tests.bench.scale.databases import Size, add_listeners, build, count_events
from tests.bench.scale.listeners import Call, calls, draw, probe_id, probes
from tests.bench.scale.stores import PostgresStore, SqliteStore
from tests.databases import new_database
from tests.fakes import features, predict_population
from tests.small_service import SmallService, predict, snapshot

SIZE = Size(300, 40)
FEWER = Size(300, 30)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
GIVEN = features(seed=3)
SNAPSHOT = snapshot()
EXAMPLE = Example(GIVEN, predict_population(GIVEN))
OF_THE_FILE = {catalogue.c.identity, catalogue.c.secret}
"""Drawn at random for each database."""


class Clock:
    """Gives the time that it was set to."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(name="made", scope="module")
def _made():
    """A database that the bench made in two steps."""
    database = new_database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench_catalogue, "utc_now", Clock())
        fill(database, SIZE.n_tracks, SNAPSHOT, EXAMPLE)
        add_listeners(database, 0, FEWER, SNAPSHOT, NOW)
        add_listeners(database, FEWER.n_listeners, SIZE, SNAPSHOT, NOW)
    return database


@pytest.fixture(name="called", scope="module")
def _called():
    """A database of the same tracks and answers, made by calls."""
    database, clock = new_database(), Clock()
    bulk = BulkCatalogue(database, population_predictor_of(SNAPSHOT), clock)
    bulk.put_all(list(islice(entries(EXAMPLE, 0), SIZE.n_tracks)))
    log = LabelLog(database, clock)
    for call in _sent():
        clock.now = call.moment
        log.append(call.user_id, call.labels, forecasts=call.forecasts)
    return database


def _sent() -> Iterator[Call]:
    """Yield the calls that stand for what the bench inserts."""
    for first, size in ((0, FEWER), (FEWER.n_listeners, SIZE)):
        exact = [] if first else probes(SIZE.n_tracks)
        answers = draw(first, size.n_listeners, SIZE.n_tracks, exact)
        yield from calls(answers, SNAPSHOT.serving_version, NOW)


def _rows(database: Database, table: Table) -> list[tuple[object, ...]]:
    columns = [column for column in table.c if column not in OF_THE_FILE]
    counts = table.c.n != 0 if "n" in table.c else true()  # else a row counts nothing any more
    rows_of = select(*columns).where(counts).order_by(*table.primary_key)
    with database.read() as connection:
        rows = connection.execute(rows_of).all()
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_a_made_database_holds_the_rows_of_one_that_calls_wrote(made, called, table):
    assert _rows(made, table) == _rows(called, table)


def test_answers_are_of_every_kind():
    labels = [label for call in _sent() for label in call.labels]
    answered = [(call.user_id, label.track_id) for call in _sent() for label in call.labels]

    assert any(label.cant_tell for label in labels)
    assert any(label.is_retraction for label in labels)
    assert any(label.point for label in labels)
    assert len(set(answered)) < len(answered)


def test_a_probe_has_its_number_of_answers_and_the_model_of_their_replay(made, called):
    users = [SmallService(database) for database in (made, called)]

    for n_labels in probes(SIZE.n_tracks):
        ours, theirs = (
            each.learning("logistic").listeners.current(probe_id(n_labels)) for each in users
        )
        assert ours.n_labels == n_labels
        assert ours.model.to_bytes() == theirs.model.to_bytes()


def test_predictions_by_id_are_those_of_tracks_that_calls_registered(made, called):
    ours, theirs = (
        predict(SmallService(database).learning("logistic"), track_id_of(7), probe_id(10))
        for database in (made, called)
    )

    assert ours.personal == theirs.personal
    assert str(ours.recognition) == str(theirs.recognition)


@pytest.fixture(name="store", params=["sqlite", "postgresql"])
def _store(request, tmp_path):
    if request.param == "sqlite":
        return SqliteStore(tmp_path)
    return PostgresStore(request.getfixturevalue("postgres"))


def test_a_database_is_made_once_and_one_with_more_listeners_begins_with_a_copy(store, capsys):
    few = databases.FEW_LISTENERS
    first, second = Size(100, few), Size(100, few + 10)

    for _ in range(2):
        build(store, second, SNAPSHOT, EXAMPLE)

    made = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Making")]
    assert made == [f"Making {first} …", f"Making {second} …"]
    assert count_events(store, second) > count_events(store, first) > few
    assert store.table_bytes(second.name)["label_event"] > 0


def test_a_trial_is_a_copy_that_leaves_the_database_as_it_was(store):
    size = Size(50, 10)
    build(store, size, SNAPSHOT, EXAMPLE)
    before = count_events(store, size)

    with closing(Database(store.trial(size.name))) as trial, trial.write() as connection:
        connection.execute(delete(guess))
        connection.execute(delete(label_event))

    assert count_events(store, size) == before > 0
    store.drop_trial()


def test_a_catalogue_that_was_interrupted_goes_on(monkeypatch):
    monkeypatch.setattr(bench_catalogue, "BLOCK", 50)
    monkeypatch.setattr(bench_catalogue, "utc_now", Clock())
    database = new_database()

    for n_tracks in (50, 120, 120):
        fill(database, n_tracks, SNAPSHOT, EXAMPLE)

    rows = _rows(database, metadata.tables["track"])
    assert len({row[0] for row in rows}) == 120
    assert {row[1] for row in rows} == set(range(1, 121))
