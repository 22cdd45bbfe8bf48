"""The migrations make the tables that the stores speak of, and unmake them, on both databases."""

import hashlib
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select

from models.calibration.catalogue import CatalogueCalibration
from models.calibration.listeners import ListenerCalibration
from models.emotion import Quadrant
from models.personal.logistic import SHIPPED, components_in, proba_in
from models.votes import soft_votes
from service.auth.api_keys import Scope, make_key
from service.db import schema as schema_module
from service.db.answers import rebuild_answers
from service.db.api_keys import ApiKeys
from service.db.calibrations import Calibrations, Size
from service.db.catalogue import identity_of, secret_of
from service.db.copying import copy_database
from service.db.database import Database, lock
from service.db.label_log import LabelLog
from service.db.notifications import Notifications
from service.db.schema import HISTORY, history, migrate, prepare, require_newest, schema_of
from service.db.tables import (
    answer,
    catalogue,
    forgotten_user,
    metadata,
    personal_model,
    search_key,
    track,
    track_belief,
    track_votes,
    track_words,
)
from service.db.track_search import rebuild_words
from service.errors import (
    LossyMigrationError,
    SchemaChangedError,
    SchemaError,
    StoreUnavailableError,
    UserForgottenError,
)
from service.labels import DatedLabel, Label
from service.votes import VotesMark
from tests.fakes import FakeClock, standing_votes
from tests.releases import ADDS, REPLACES, add_migration

VECTORS = ("lyrics_vector", "audio_vector")
SEGMENTS = ("starts_s", "ends_s", "segment_proba", "segments")
LONG = (*VECTORS, *SEGMENTS)
REVISIONS = tuple(sorted(file.name[1:5] for file in (HISTORY / "versions").glob("r*.py")))

ROW = {
    "track_id": "t",
    "revision": 1,
    "is_hidden": False,
    "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
    "feature_digest": "f",
    "snapshot": "v",
}

NO_VOTES = dict.fromkeys(("q1", "q2", "q3", "q4", "revision"), 0)

OLD_ROWS = (
    "INSERT INTO track (track_id, revision, is_hidden, created_at, updated_at, feature_digest,"
    " snapshot, title, lyrics_vector, audio_vector, starts_s, ends_s, segment_proba, segments)"
    " VALUES ('t', 1, false, '2026-01-01', '2026-01-01', 'f', 'v', 'T', {blobs})",
    "INSERT INTO track_votes (track_id, q1, q2, q3, q4) VALUES ('t', 1, 0, 0, 0)",
    "INSERT INTO label_event (user_id, event_id, track_id, quadrant, created_at)"
    " VALUES ('ana', 'e', 't', 'Q1', '2026-01-01')",
)


@pytest.fixture(name="url", params=["sqlite", "postgresql"])
def _url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/attune.db"
    url: str = request.getfixturevalue("postgres").new_database()
    return url


def test_the_files_are_named_by_the_revisions_that_alembic_reads_in_them(database):
    with database.read() as connection:
        steps = [*ScriptDirectory.from_config(history(connection)).walk_revisions()]

    assert schema_of(database).known == tuple(step.revision for step in steps)[::-1]


def tables(database):
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def version(database):
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def blob(database, text):
    return f"CAST('{text}' AS BLOB)" if database.is_local else f"'{text}'::bytea"


def fill_at_the_first_revision(database):
    migrate(database, "0001")
    blobs = ", ".join(blob(database, name) for name in LONG)
    with database.write() as connection:
        for statement in OLD_ROWS:
            connection.exec_driver_sql(statement.format(blobs=blobs))


def blobs_in(database, table, names):
    # Without types: SQLAlchemy's own would do for any of the revisions.
    with database.read() as connection:
        row = connection.exec_driver_sql(f"SELECT {', '.join(names)} FROM {table}").one()  # noqa: S608
    return {name: bytes(value).decode() for name, value in zip(names, row, strict=True)}


def put_track(database, **changes):
    with database.write() as connection:
        connection.execute(insert(track).values(ROW | changes))


def test_the_migrations_end_in_the_tables_of_the_stores(database):
    migrate(database)

    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_revisions_lead_to_the_newest_one_by_one_and_back_to_nothing(database):
    for revision in REVISIONS:
        migrate(database, revision)
        assert version(database) == revision
    assert schema_of(database).pending == ()

    for revision in (*REVISIONS[::-1], "base"):
        migrate(database, revision, may_lose=True)
        assert (version(database) or "base") == revision
    assert tables(database) == {"alembic_version"}


def test_a_migration_that_fails_leaves_nothing_behind(database):
    def fail_half_way() -> None:
        with database.write() as connection:
            command.upgrade(history(connection), "head")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    assert tables(database) == set()


def test_workers_that_start_together_all_find_the_tables(url):
    def start(_: int) -> set[str]:
        with closing(Database(url)) as database:
            migrate(database)
            return tables(database)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(start, range(8)))

    assert all(set(metadata.tables) < names for names in found)


def test_who_migrates_waits_for_another_who_does_longer_than_a_request_would(url):
    with closing(Database(url, patience_s=0.01)) as database, ThreadPoolExecutor(1) as pool:
        with database.write_slowly() as connection:
            lock(connection, "migrations")
            command.upgrade(history(connection), "head")
            waiting = pool.submit(migrate, database)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)

        assert waiting.result().pending == ()


def test_going_back_needs_a_word_since_it_loses_data(database):
    fill_at_the_first_revision(database)
    migrate(database)

    with pytest.raises(
        LossyMigrationError,
        match=f"'0001' drops the data of {', '.join(REVISIONS[1:])}",
    ):
        migrate(database, "0001")

    assert version(database) == REVISIONS[-1]


def test_a_revision_that_there_is_not_is_refused(database):
    with pytest.raises(SchemaError, match="no revision '0099'; the known ones are 0001, 0002"):
        migrate(database, "0099")


def test_a_database_of_a_newer_release_is_refused(database):
    migrate(database)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0099'")

    for look in (migrate, require_newest, schema_of):
        with pytest.raises(SchemaError, match="'0099' of a newer release"):
            look(database)


@pytest.mark.parametrize(("revision", "said"), [("base", "no tables"), ("0001", "'0001'")])
def test_an_older_schema_is_refused_where_it_may_not_be_changed(database, revision, said):
    migrate(database, revision)

    with pytest.raises(SchemaError, match=rf"{said}.* needs '{REVISIONS[-1]}': run `python"):
        require_newest(database)

    migrate(database)
    require_newest(database)


def test_rows_of_the_first_revision_survive_the_way_to_the_newest_and_back(database):
    fill_at_the_first_revision(database)

    migrate(database)

    assert blobs_in(database, "track", VECTORS) == {name: name for name in VECTORS}
    assert blobs_in(database, "track_segments", SEGMENTS) == {name: name for name in SEGMENTS}
    with database.read() as connection:
        row = connection.execute(select(track.c.title, track.c.sketch)).one()
        identity = connection.execute(select(catalogue.c.identity)).scalar_one()
    assert tuple(row) == ("T", None)
    assert len(identity) == 32
    log = LabelLog(database, FakeClock())
    assert log.votes_since(VotesMark()).counts == {"t": (1, 0, 0, 0)}
    assert [event.label.event_id for event in log.events("ana")] == ["e"]

    migrate(database, "0001", may_lose=True)

    assert blobs_in(database, "track", LONG) == {name: name for name in LONG}
    with database.read() as connection:
        votes = connection.exec_driver_sql("SELECT * FROM track_votes").one()
        n_events = connection.exec_driver_sql("SELECT count(*) FROM label_event").scalar_one()
    assert tuple(votes) == ("t", 1, 0, 0, 0)
    assert n_events == 1


def test_on_the_way_back_who_cannot_tell_takes_back_and_keys_for_one_user_are_revoked(database):
    migrate(database)
    put_track(database)
    log, keys = LabelLog(database, FakeClock()), ApiKeys(database, FakeClock())
    log.append("ana", [Label("e1", "t", Quadrant.Q1), Label.undecided("e2", "t")])
    scopes = frozenset({Scope.LABEL})
    made = [make_key("phone", scopes, None, FakeClock()(), user) for user in ("ana", None)]
    for each in made:
        keys.add(each.key)

    migrate(database, "0003", may_lose=True)
    migrate(database)

    assert [event.label for event in log.events("ana")][1] == Label.retraction("e2", "t")
    assert {key.key_id: key.is_revoked for key in keys.all()} == {
        made[0].key.key_id: True,
        made[1].key.key_id: False,
    }


def test_what_is_long_stands_behind_what_is_short_in_sqlite(tmp_path):
    with closing(Database(f"sqlite:///{tmp_path}/attune.db")) as database:
        migrate(database)
        with database.read() as connection:
            names = [column["name"] for column in inspect(connection).get_columns("track")]

    assert names[-6:] == ["sketch", "audio_url", "lyrics_unread", "sound_sha256", *VECTORS]
    assert names == [column.name for column in track.columns]


def test_databases_are_told_apart_and_have_secrets_of_their_own(database, tmp_path):
    with closing(Database(f"sqlite:///{tmp_path}/another.db")) as another:
        for each in (database, another):
            migrate(each)
        identities = {identity_of(each) for each in (database, another)}
        secrets = {secret_of(each) for each in (database, another)}

    assert len(identities) == len(secrets) == 2
    assert [len(secret) for secret in secrets] == [32, 32]


def hash_before_0005(database, user_id):
    """Return what earlier releases noted of a user who was forgotten."""
    key = identity_of(database).encode()
    return hashlib.blake2b(user_id.encode(), key=key, digest_size=32).hexdigest()


def forget_before_0005(database, *user_ids):
    migrate(database, "0004")
    rows = [
        {"user_hash": hash_before_0005(database, user_id), "forgotten_at": ROW["created_at"]}
        for user_id in user_ids
    ]
    with database.write() as connection:
        connection.execute(insert(forgotten_user), rows)


def hashes_in(database):
    with database.read() as connection:
        return set(connection.scalars(select(forgotten_user.c.user_hash)))


def test_who_was_forgotten_before_there_was_a_secret_stays_so_until_readmitted(database):
    forget_before_0005(database, "ana", "bob")

    migrate(database)

    put_track(database)
    log = LabelLog(database, FakeClock())
    log.readmit("bob")
    with pytest.raises(UserForgottenError):
        log.append("ana", [Label("e", "t", Quadrant.Q1)])
    for user_id in ("bob", "cleo"):
        assert log.append(user_id, [Label("e", "t", Quadrant.Q1)]).accepted == 1


def test_a_hash_of_who_was_forgotten_cannot_be_computed_without_the_secret(database):
    forget_before_0005(database, "ana")

    migrate(database)
    LabelLog(database, FakeClock()).forget("bob")

    guessed = {hash_before_0005(database, user_id) for user_id in ("ana", "bob")}
    assert len(hashes_in(database)) == 2
    assert guessed.isdisjoint(hashes_in(database))


def test_on_the_way_back_before_the_secret_nobody_is_known_as_forgotten(database):
    migrate(database)
    put_track(database)
    log = LabelLog(database, FakeClock())
    log.forget("ana")
    before = secret_of(database)

    migrate(database, "0004", may_lose=True)
    assert hashes_in(database) == set()

    migrate(database)
    assert secret_of(database) != before
    assert log.append("ana", [Label("e", "t", Quadrant.Q1)]).accepted == 1


def test_sketches_of_an_earlier_revision_are_made_again(database):
    migrate(database, "0005")
    drawn = {"sketch": b"1234"}
    with database.write() as connection:
        connection.execute(insert(track).values(ROW | drawn))
        connection.execute(insert(track_belief).values(track_id="t", snapshot="w", **drawn))

    migrate(database)

    with database.read() as connection:
        assert connection.execute(select(track.c.sketch)).scalar_one() is None
        assert connection.execute(select(track_belief)).first() is None


EVENT_COLUMNS = (
    "user_id, event_id, track_id, quadrant, valence, arousal, created_at, cant_tell, is_random,"
    " is_repeat"
)
OLD_EVENTS = (
    "('ana', 'e1', 't', 'Q1', 0.1, 0.2, {rest})",
    "('bob', 'e1', 't', 'Q2', NULL, NULL, {rest})",
    "('cleo', 'e1', 't', 'Q1', 0.0, 0.0, {rest})",
    "('ana', 'e2', 't', 'Q3', -0.9, -0.05, {rest})",
    "('bob', 'e2', 't', NULL, NULL, NULL, {rest})",
    "('bob', 'e3', 'u', 'Q4', 0.5, -0.01, {rest})",
    "('cleo', 'e2', 'v', 'Q4', NULL, NULL, {rest})",
    "('cleo', 'e3', 'v', NULL, NULL, NULL, {rest})",
    "('bob', 'e4', 't', 'Q1', 1.0, 1.0, {rest})",
)
OLD_VOTES = (
    ("t", 2, 0, 1, 0, 7),
    ("u", 0, 0, 0, 1, 5),
    ("v", 0, 0, 0, 0, 6),
    ("w", 0, 0, 0, 0, 0),
)


def fill_before_0007(database):
    """As the release before recorded them: a point is a whole vote for its quadrant."""
    migrate(database, "0006")
    rest = "'2026-01-01', false, false, false"
    with database.write() as connection:
        rows = [ROW | {"track_id": name, "revision": n} for n, (name, *_) in enumerate(OLD_VOTES)]
        connection.execute(insert(track), rows)
        for event in OLD_EVENTS:
            values = event.format(rest=rest)
            connection.exec_driver_sql(
                f"INSERT INTO label_event ({EVENT_COLUMNS}) VALUES {values}"  # noqa: S608
            )
        for votes in OLD_VOTES:
            connection.exec_driver_sql(
                f"INSERT INTO track_votes (track_id, q1, q2, q3, q4, revision) VALUES {votes}"  # noqa: S608
            )
        connection.exec_driver_sql("UPDATE votes SET revision = 7")


def vote(valence, arousal):
    return soft_votes(np.array([[valence, arousal]]))[0]


def test_points_of_earlier_releases_become_soft_votes(database):
    fill_before_0007(database)

    migrate(database)

    changes = LabelLog(database, FakeClock()).votes_since(VotesMark(7))
    expected = {
        "t": vote(0, 0) + vote(-0.9, -0.05) + vote(1, 1),
        "u": vote(0.5, -0.01),
        "v": np.zeros(4),
    }
    assert {each: list(votes) for each, votes in changes.counts.items()} == {
        each: votes.tolist() for each, votes in expected.items()
    }
    assert changes.mark.after == 8


def test_answers_of_earlier_releases_get_the_votes_that_stood_beside_them(database):
    fill_before_0007(database)

    migrate(database)

    log = LabelLog(database, FakeClock())
    found = {u: [event.others for event in log.events(u)] for u in ("ana", "bob", "cleo")}
    first, second, middle, whole = vote(0.1, 0.2), vote(-0.9, -0.05), vote(0, 0), np.eye(4)
    assert found == {
        "ana": [None, tuple(whole[1] + middle)],
        "bob": [tuple(first), None, None, tuple(middle + second)],
        "cleo": [tuple(first + whole[1]), None, None],
    }


def test_current_answers_of_earlier_releases_are_those_that_the_log_makes(database):
    fill_before_0007(database)
    migrate(database, "0010")
    columns = f"{EVENT_COLUMNS}, is_superseded"
    with database.write() as connection:
        for values in (
            "('dan', 'e1', 'u', 'Q2', -0.0, 0.25, '2026-01-01 12:30:00.000123', {rest}, false)",
            "('dan', 'e2', 'v', NULL, NULL, NULL, '2026-01-01', {cannot_tell}, false)",
            "('dan', 'e3', 'u', 'Q1', NULL, NULL, '2025-01-01', {rest}, true)",
        ):
            row = values.format(rest="false, false, true", cannot_tell="true, false, false")
            connection.exec_driver_sql(f"INSERT INTO label_event ({columns}) VALUES {row}")  # noqa: S608

    migrate(database)

    with database.read() as connection:
        migrated = [tuple(row) for row in connection.execute(select(answer))]
    with database.write() as connection:
        rebuild_answers(connection)
        rebuilt = [tuple(row) for row in connection.execute(select(answer))]
    assert sorted(migrated) == sorted(rebuilt)
    assert len(migrated) == 7


def test_an_answer_after_the_migration_moves_the_votes_as_if_it_had_always_been_so(database):
    fill_before_0007(database)
    migrate(database)
    log = LabelLog(database, FakeClock())

    for user_id in ("ana", "bob"):
        log.forget(user_id)
    log.append("cleo", [Label.retraction("e9", "t")])

    assert standing_votes(log) == {}


def test_on_the_way_back_votes_are_whole_again(database):
    fill_before_0007(database)
    migrate(database)
    LabelLog(database, FakeClock()).append("dan", [Label.at_point("e", "w", 0.01, -0.01)])

    migrate(database, "0006", may_lose=True)

    with database.read() as connection:
        votes = connection.exec_driver_sql(
            "SELECT track_id, q1, q2, q3, q4 FROM track_votes ORDER BY track_id"
        ).all()
    assert [tuple(row) for row in votes] == [
        *(row[:5] for row in OLD_VOTES[:3]),
        ("w", 0, 0, 0, 1),
    ]
    assert {type(count) for row in votes for count in row[1:]} == {int}


def test_sketches_hold_log_odds_and_on_the_way_back_mean_signs_again(database):
    """As release 0006 stored them: means of signs and of their product, length, components."""
    migrate(database, "0007")
    proba = np.array([[0.5, 0.1, 0.1, 0.3], [0.25, 0.25, 0.25, 0.25], [1.0, 0.0, 0.0, 0.0]])
    signs = np.array([[1, 1, 1], [-1, 1, -1], [-1, -1, 1], [1, -1, -1]])
    phi = np.array([[0.3, -0.4], [0.0, 0.0], [1.0, 2.0]])
    length = (phi**2).sum(axis=1, keepdims=True)
    before = np.hstack([proba @ signs, length, phi]).astype(np.float32)
    blobs = [row.tobytes() for row in before]
    with database.write() as connection:
        rows = [
            ROW | {"track_id": f"t{n}", "revision": n, "sketch": blob}
            for n, blob in enumerate([*blobs, None])
        ]
        connection.execute(insert(track), rows)
        connection.execute(
            insert(track_belief), [{"track_id": "t0", "snapshot": "other", "sketch": blobs[0]}]
        )

    migrate(database)

    after, kept = stored_sketches(database)
    assert after[3] is None
    found = np.stack(after[:3])
    assert proba_in(found) == pytest.approx(proba, abs=1e-6)
    assert components_in(found) == pytest.approx(phi, abs=1e-6)
    assert (kept[0] == after[0]).all()
    migrate(database, "0007", may_lose=True)
    again, kept = stored_sketches(database)
    assert np.stack(again[:3]) == pytest.approx(before, abs=1e-6)
    assert kept[0] == pytest.approx(before[0], abs=1e-6)


def test_a_probability_that_rounding_has_lost_becomes_the_smallest_that_was_kept(database):
    """Mean signs in single precision cannot tell 1e-12 from 1e-8; neither may be made of 0."""
    migrate(database, "0007")
    signs = np.array([[1, 1, 1], [-1, 1, -1], [-1, -1, 1], [1, -1, -1]])
    lost = np.array([[1.0 - 3e-9, 1e-9, 1e-9, 1e-9]])
    row = np.hstack([lost @ signs, np.zeros((1, 1))]).astype(np.float32)
    put_track(database, sketch=row.tobytes())

    migrate(database)

    (sketch,), _ = stored_sketches(database)
    assert proba_in(sketch[None])[0, 1:] == pytest.approx(2.0**-25)


def test_models_of_the_release_before_are_deleted_and_on_the_way_back_those_of_this_one(database):
    migrate(database, "0007")
    with database.write() as connection:
        row = {"user_id": "ana", "snapshot": "v", "label_seq": 1, "blob": b"model"}
        names = ("committee", "gaussian", "logistic")
        connection.execute(insert(personal_model), [row | {"algorithm": name} for name in names])

    migrate(database)
    assert algorithms_in(database) == {"committee", "logistic"}

    migrate(database, "0007", may_lose=True)
    assert algorithms_in(database) == {"committee"}


def algorithms_in(database):
    with database.read() as connection:
        return set(connection.scalars(select(personal_model.c.algorithm)))


def test_on_the_way_back_calibrations_that_speak_of_listeners_are_taken_back(database):
    migrate(database)
    calibrations, size = Calibrations(database, FakeClock()), Size(1, 1)
    inputs = {"n_tracks": 1, "n_answers": 1, "n_listeners": 20}
    earlier = CatalogueCalibration(np.ones(4), inputs, {})
    learnt = ListenerCalibration(SHIPPED, replace(SHIPPED, kappa=5.0), 100, 20, None)
    for made in (earlier, replace(earlier, listeners=learnt)):
        calibrations.add("v", made, size)
    assert calibrations.in_use("v").calibration.listeners == learnt

    migrate(database, "0007", may_lose=True)

    assert calibrations.in_use("v").version == earlier.version
    newest, first = calibrations.history("v")
    assert newest.reverted_at is not None
    assert first.reverted_at is None


def stored_sketches(database):
    found = []
    with database.read() as connection:
        for table in (track, track_belief):
            blobs = connection.execute(select(table.c.sketch).order_by(table.c.track_id)).scalars()
            found.append([blob and np.frombuffer(blob, np.float32) for blob in blobs])
    return found


def test_titles_and_artists_of_earlier_releases_are_indexed_as_the_service_does(database):
    migrate(database, "0010")
    titles = {"a": "So What", "b": "東京", "c": None, "d": "!!!", "e": " "}
    for revision, (track_id, title) in enumerate(titles.items()):
        artist = None if title is None else "Ana's"
        changes = {"title": title, "artist": artist, "is_hidden": title is None}
        put_track(database, track_id=track_id, revision=revision, **changes)

    migrate(database)

    indexed = search_rows(database)
    with database.write() as connection:
        rebuild_words(connection)
    assert search_rows(database) == indexed
    assert {track_id for track_id, _ in indexed[0]} == {"a", "b", "d", "e"}
    migrate(database, "0010", may_lose=True)
    assert not tables(database) & {"track_words", "search_key"}


def search_rows(database):
    with database.read() as connection:
        return [set(connection.execute(select(each))) for each in (track_words, search_key)]


def test_on_the_way_back_labels_that_never_counted_are_deleted_and_long_ids_stay(database):
    migrate(database)
    put_track(database, track_id="x" * 256)
    log, track_id = LabelLog(database, FakeClock()), "x" * 256
    with database.write() as connection:
        connection.execute(insert(track_votes).values(NO_VOTES | {"track_id": track_id}))
    log.append("auth0|5f7c", [Label("now", track_id, Quadrant.Q1)])
    older = DatedLabel(Label("then", track_id, Quadrant.Q2), datetime(2020, 1, 1, tzinfo=UTC))
    log.restore("auth0|5f7c", [older])

    migrate(database, "0009", may_lose=True)
    migrate(database)

    (left,) = log.events("auth0|5f7c")
    assert (left.label.event_id, left.label.track_id) == ("now", track_id)


@contextmanager
def newer_release(monkeypatch, folder, kind):
    """Let this process be of a release with one more migration during the block."""
    versions = folder / "versions"
    shutil.copytree(HISTORY, folder)
    revision = add_migration(versions, kind)
    with monkeypatch.context() as patch:
        patch.setattr(schema_module, "HISTORY", folder)
        schema_module._revisions.cache_clear()
        yield revision
    schema_module._revisions.cache_clear()


def test_a_migration_that_only_adds_lets_the_release_before_go_on(
    database, url, monkeypatch, tmp_path
):
    prepare(database, may_migrate=True)
    release = newer_release(monkeypatch, tmp_path / "newer", ADDS)
    with release as revision, closing(Database(url)) as newer:
        prepare(newer, may_migrate=True)
        assert schema_of(newer).current == revision

    put_track(database)
    database.check_schema()
    with closing(Database(url)) as restarted:
        prepare(restarted, may_migrate=False)
        prepare(restarted, may_migrate=True)
        put_track(restarted, track_id="u", revision=2)
        assert schema_of(restarted).is_newer
        with pytest.raises(SchemaError, match="only that one can downgrade it"):
            migrate(restarted, "0014", may_lose=True)
        with closing(Database(f"sqlite:///{tmp_path}/copy.db")) as empty:
            migrate(empty)
            for source, target in ((restarted, empty), (empty, restarted)):
                with pytest.raises(SchemaError, match="would leave out: use the newer release"):
                    copy_database(source, target, print)


def test_a_migration_that_only_adds_gives_up_before_requests_that_wait_behind_it_do(
    postgres, monkeypatch, tmp_path
):
    url = postgres.new_database()
    release = newer_release(monkeypatch, tmp_path / "newer", ADDS)
    with closing(Database(url)) as database, closing(Database(url)) as newer:
        prepare(database, may_migrate=True)
        with release as revision, ThreadPoolExecutor(1) as pool:
            with database.write_slowly() as connection:
                connection.execute(insert(track).values(ROW))
                migrating = pool.submit(migrate, newer)
                time.sleep(0.5)
                with database.read() as reading:
                    assert reading.execute(select(track.c.track_id)).all() == []
                with pytest.raises(StoreUnavailableError, match="lock timeout"):
                    migrating.result()

            assert migrate(newer).current == revision


def test_after_any_other_migration_the_release_before_writes_and_reads_nothing(
    database, url, monkeypatch, tmp_path
):
    prepare(database, may_migrate=True)
    put_track(database)
    with newer_release(monkeypatch, tmp_path / "newer", REPLACES) as revision:
        with closing(Database(url)) as newer:
            prepare(newer, may_migrate=True)

        for write in (database.write, database.write_cache, database.write_slowly, database.read):
            with (
                pytest.raises(SchemaChangedError, match=f"'{revision}' now, but this replica"),
                write(),
            ):
                pytest.fail("An old release was let in.")

        with closing(Database(url)) as newer:
            migrate(newer, REVISIONS[-1], may_lose=True)

    database.check_schema()
    put_track(database, track_id="u", revision=2)


def test_a_newer_release_does_not_write_to_a_schema_that_was_taken_back(
    database, url, monkeypatch, tmp_path
):
    with newer_release(monkeypatch, tmp_path / "newer", ADDS):
        prepare(database, may_migrate=True)
        with closing(Database(url)) as other:
            migrate(other, REVISIONS[-1], may_lose=True)

        with pytest.raises(SchemaChangedError):
            put_track(database)


def test_what_an_old_release_reads_of_removed_tables_is_refused_and_no_error_of_the_code(
    database, url, monkeypatch, tmp_path
):
    prepare(database, may_migrate=True)
    release = newer_release(monkeypatch, tmp_path / "newer", REPLACES)
    with release, closing(Database(url)) as newer:
        prepare(newer, may_migrate=True)

    with pytest.raises(StoreUnavailableError):
        Notifications(database).announce("keys")
    with pytest.raises(StoreUnavailableError), database.read() as connection:
        connection.exec_driver_sql("SELECT reverted_at FROM calibration").all()


def test_no_write_of_an_old_release_is_committed_after_a_migration_began(
    url, monkeypatch, tmp_path
):
    """It waits for the writes that began before, and those that begin later wait for it."""
    with closing(Database(url)) as database, closing(Database(url)) as newer:
        prepare(database, may_migrate=True)
        with (
            newer_release(monkeypatch, tmp_path / "newer", REPLACES),
            ThreadPoolExecutor(2) as pool,
        ):
            with database.write() as connection:
                migrating = pool.submit(migrate, newer)
                time.sleep(0.3)
                assert not migrating.done()
                connection.execute(insert(track).values(ROW))
            migrating.result()
            with pytest.raises(SchemaChangedError):
                put_track(database, track_id="u", revision=2)

        with newer.read() as connection:
            assert connection.execute(select(track.c.track_id)).scalars().all() == ["t"]
