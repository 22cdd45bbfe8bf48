"""A database that is copied, or moved log by log, is the database that it was."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from models.emotion import Quadrant
from service.__main__ import main
from service.api.users.log_schemas import LabelLine, LoggedLabel
from service.auth.api_keys import Scope, make_key
from service.db.api_keys import ApiKeys
from service.db.catalogue import identity_of, secret_of
from service.db.copying import copy_database
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.tables import calibration, label_event, metadata, published_features
from service.errors import DatabaseInUseError, TrackNotFoundError, UserForgottenError
from service.evaluation.prequential import Forecast
from service.labels import DatedLabel, Label, call_of, effective
from tests.contract.conftest import stores_over
from tests.databases import new_database
from tests.fakes import FakeClock, standing_votes

Q1, Q2, Q3, Q4 = Quadrant
LONG_AGO = datetime(2020, 2, 29, 1, 2, 3, 456, tzinfo=UTC)
TRACKS, USERS = ("t", "u", "v"), ("ana", "bob")
FORECAST = Forecast("v1", 0, (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0))


def exported(log, user_id):
    """Return a log as the service exports it."""
    return [LoggedLabel.model_validate(e).model_dump_json() for e in log.events(user_id)]


def lines_in(log, user_id):
    """Return a log as the service reads it in an import."""
    lines = exported(log, user_id)
    return [LabelLine.model_validate_json(line).to_domain() for line in lines]


def standing(log, user_id):
    return [event.label for event in effective(log.events(user_id))]


def answer(number, track_id):
    """Return some label: an answer, a point, "can't tell" or a retraction."""
    event_id = f"e{number}"
    return [
        Label(event_id, track_id, Q2, emotion="felt", liking=3),
        Label.at_point(event_id, track_id, -1 / 3, 0.1),
        Label.undecided(event_id, track_id),
        Label.retraction(event_id, track_id),
    ][number % 4]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("append", "append", "append", "delete", "put", "older", "replace")),
        st.sampled_from(USERS),
        st.lists(st.sampled_from(TRACKS), min_size=1, max_size=3),
        st.integers(0, 3),
    ),
    max_size=12,
)


def do(stores, number, step):
    """Do a step; labels of deleted tracks are refused, as they are by the service."""
    name, user_id, track_ids, kind = step
    labels = [
        answer(4 * (10 * number + place) + kind, each) for place, each in enumerate(track_ids)
    ]
    dated = [DatedLabel(label, LONG_AGO + timedelta(days=number)) for label in labels]
    try:
        {
            "append": lambda: stores.log.append(user_id, labels),
            "delete": lambda: stores.catalogue.hide(track_ids[0]),
            "put": lambda: stores.put(track_ids[0]),
            "older": lambda: stores.log.restore(user_id, dated),
            "replace": lambda: stores.log.restore(user_id, dated, may_replace=True),
        }[name]()
    except TrackNotFoundError:
        return


@settings(max_examples=30)  # each makes two databases
@given(STEPS)
def test_logs_that_are_exported_and_imported_elsewhere_are_the_same(steps):
    stores, target = stores_over(new_database()), LabelLog(new_database(), FakeClock())
    stores.put(*TRACKS)
    for number, step in enumerate(steps):
        do(stores, number, step)

    for user_id in USERS:
        lines = lines_in(stores.log, user_id)
        target.restore(user_id, lines, may_replace=True)
        target.restore(user_id, lines)

        assert exported(target, user_id) == exported(stores.log, user_id)
        assert standing(target, user_id) == standing(stores.log, user_id)
    assert standing_votes(target) == standing_votes(stores.log)


@settings(max_examples=20)
@given(st.lists(st.sampled_from(TRACKS), min_size=1, max_size=8), st.integers(0, 3))
def test_a_log_whose_times_only_grow_is_the_same_without_replacing(track_ids, kind):
    stores, target = stores_over(new_database()), LabelLog(new_database(), FakeClock())
    stores.put(*TRACKS)
    for number, track_id in enumerate(track_ids):
        stores.log.append("ana", [answer(4 * number + (number + kind) % 4, track_id)] * 2)
    stores.catalogue.hide("t")

    reply = target.restore("ana", lines_in(stores.log, "ana"))

    assert reply.n_superseded == 0
    assert exported(target, "ana") == exported(stores.log, "ana")
    assert standing(target, "ana") == standing(stores.log, "ana")


def fill(database):
    """Fill a database with something of everything."""
    stores = stores_over(database)
    stores.put(*TRACKS)
    labels = [Label("e1", "t", Q1), Label.at_point("e2", "u", 0.1, -0.7)]
    stores.log.append("ana", labels, call_of("k", labels), forecasts={"t": FORECAST})
    stores.log.append("bob", [Label.undecided("e1", "t"), Label("e2", "u", Q3)])
    stores.log.append("ana", [Label.retraction("e3", "t")])
    stores.log.restore("ana", [DatedLabel(Label("e0", "u", Q4), LONG_AGO)])
    stores.log.restore("bob", [DatedLabel(Label("e0", "elsewhere", Q4), LONG_AGO)])
    stores.catalogue.hide("u")
    stores.log.append("cleo", [Label("e1", "v", Q2)], forecasts={"v": FORECAST})
    stores.log.append("eve", [Label("e1", "v", Q1)])
    stores.log.forget("eve")
    new = make_key("app", {Scope.LABEL}, None, LONG_AGO, user_id="ana")
    ApiKeys(database, FakeClock()).add(new.key)
    row = {"version": "c1", "snapshot": "v1", "created_at": LONG_AGO, "facts": "{}"}
    with database.write() as connection:
        connection.execute(insert(calibration).values(row))
        connection.execute(insert(published_features).values(snapshot="v1", n_parts=0))
    return stores


def rows_in(database):
    with database.read() as connection:
        return {
            table.name: sorted(connection.execute(select(table)).all(), key=repr)
            for table in metadata.sorted_tables
        }


def test_a_copy_holds_every_row_and_goes_on_as_the_source_would(database):
    source = new_database()
    stores = fill(source)
    counts = {}

    copy_database(source, database, counts.__setitem__)

    copied, stored = rows_in(database), rows_in(source)
    assert stored.pop("published_features")
    assert stored["guess"]
    assert not copied.pop("published_features")
    assert copied == stored
    assert counts["label_event"] == 8
    assert (identity_of(database), secret_of(database)) == (
        identity_of(source),
        secret_of(source),
    )
    there = stores_over(database)
    last = stores.log.last_seq("bob")
    with pytest.raises(UserForgottenError):
        there.log.append("eve", [Label("e2", "v", Q1)])
    assert there.log.append("bob", [Label("e3", "v", Q2)]).last_seq > last
    there.put("elsewhere")
    assert there.catalogue.get("elsewhere").track is not None


def test_a_database_in_use_is_no_target(database):
    source = new_database()
    stores_over(database).put("mine")
    before = rows_in(database)

    with pytest.raises(DatabaseInUseError, match="the table track"):
        copy_database(source, database, print)

    assert rows_in(database) == before


def test_the_command_copies_sqlite_to_a_server_and_says_what(tmp_path, postgres, capsys):
    source, target = f"sqlite:///{tmp_path}/attune.db", postgres.new_database()
    assert main(["migrate", "--database", source]) == 0
    with closing(Database(source)) as database:
        fill(database)
        capsys.readouterr()

        status = main(["copy", target, "--database", source])

        out = capsys.readouterr().out
        assert (status, "label_event" in out) == (0, True)
        with closing(Database(target)) as copied, copied.read() as connection:
            assert connection.scalar(select(func.count()).select_from(label_event)) == 8
        assert main(["copy", target, "--database", source]) == 1
    assert "a copy needs a database without tracks" in capsys.readouterr().err
