"""PostgreSQL when it goes away, comes back, or does not let us."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import pytest

from models.emotion import Quadrant
from service.db.catalogue import Catalogue
from service.db.database import Database, lock, most_connections
from service.db.label_log import LabelLog
from service.db.schema import migrate, prepare
from service.db.votes import lock_tracks, move_votes
from service.errors import StoreUnavailableError
from service.labels import Label
from service.tracks import Content, TrackMetadata
from tests.contract.catalogue_counter import revision, write
from tests.fakes import FakeClock, features, population_predictor, standing_votes
from tests.postgres import GUARDED, PASSWORD, Postgres
from tests.servers import wait_for

PATIENCE_S = 30.0


@pytest.fixture(name="url")
def _url(postgres: Postgres, postgres_template: str) -> str:
    return postgres.new_database(postgres_template)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_url_need_not_name_the_driver(database, url, scheme):
    write(database, 3)

    named = Database(url.replace("postgresql+psycopg", scheme))

    assert revision(named) == 3
    named.close()


def test_what_was_acknowledged_survives_a_crash_though_the_server_is_set_otherwise(database):
    with database.write() as connection:
        reply = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
    with database.write_cache() as connection:
        cached = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()

    assert (reply, cached) == ("on", "off")


def test_no_statement_waits_without_end(url):
    database = Database(url, patience_s=1.5)
    with database.read() as connection:
        limits = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in (
                "lock_timeout",
                "statement_timeout",
                "idle_in_transaction_session_timeout",
            )
        }
    database.close()

    assert limits["lock_timeout"] == "1500ms"
    assert "0" not in limits.values()


def test_a_write_waits_for_a_migration_no_longer_than_for_any_lock(url):
    with closing(Database(url)) as migrating, closing(Database(url, patience_s=0.3)) as database:
        prepare(database, may_migrate=False)
        with migrating.write() as connection:
            lock(connection, "schema")
            for _ in range(8):  # the pool gets its connections back
                with pytest.raises(StoreUnavailableError, match="lock timeout"):
                    write(database, 3)

        write(database, 4)
        assert revision(database) == 4


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_requests_go_on_after_the_server_was_restarted(database, postgres, how):
    prepare(database, may_migrate=False)
    write(database, 3)
    revision(database)

    if how == "kill":
        postgres.kill()
        with pytest.raises(StoreUnavailableError, match=r"cannot answer now: .*refused"):
            write(database, 4)
        with pytest.raises(StoreUnavailableError, match=r"cannot answer now: .*refused"):
            revision(database)
        postgres.start()
    else:
        postgres.restart()

    assert revision(database) == 3
    write(database, 4)
    assert revision(database) == 4


def test_a_server_that_is_yet_to_start_is_waited_for(database, postgres):
    write(database, 3)
    postgres.stop()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(database.await_server, PATIENCE_S)
        with pytest.raises(StoreUnavailableError):
            database.await_server(0.0)
        postgres.start()
        waiting.result()

    assert revision(database) == 3


def test_what_is_not_known_to_be_recorded_may_be_sent_again(database, postgres):
    """The commit is done, and the connection dies before anybody is told."""
    Catalogue(database, population_predictor(), FakeClock()).put(
        "t", features(), Content("a" * 64, None), TrackMetadata()
    )
    log = LabelLog(database, FakeClock())
    waits = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"

    postgres.tell("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    postgres.tell("SELECT pg_reload_conf()")
    try:
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(log.append, "ana", [Label("e1", "t", Quadrant.Q1)])
            wait_for(lambda: postgres.tell(f"SELECT 1 {waits}"))
            postgres.tell(f"SELECT pg_terminate_backend(pid) {waits}")
            with pytest.raises(StoreUnavailableError, match="may be sent again"):
                sent.result()
    finally:
        postgres.tell("ALTER SYSTEM RESET synchronous_standby_names")
        postgres.tell("SELECT pg_reload_conf()")
    again = log.append("ana", [Label("e1", "t", Quadrant.Q1)])

    assert (again.accepted, again.duplicates) == (0, 1)
    assert [event.label.event_id for event in log.events("ana")] == ["e1"]


def test_an_answer_that_waits_for_another_is_recorded_with_that_vote(database, postgres):
    """The votes of others are read once the track is locked, not before."""
    Catalogue(database, population_predictor(), FakeClock()).put(
        "t", features(), Content("a" * 64, None), TrackMetadata()
    )
    log = LabelLog(database, FakeClock())
    waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"

    with ThreadPoolExecutor(1) as pool:
        with database.write() as connection:
            lock_tracks(connection, ["t"])
            sent = pool.submit(log.append, "ana", [Label("e1", "t", Quadrant.Q1)])
            wait_for(lambda: postgres.tell(waits))
            move_votes(connection, {"t": (0.0, 0.25, 0.75, 0.0)})
        assert sent.result(PATIENCE_S).accepted == 1

    assert [event.others for event in log.events("ana")] == [(0.0, 0.25, 0.75, 0.0)]
    assert standing_votes(log) == {"t": (1.0, 0.25, 0.75, 0.0)}


def test_a_standby_is_read_and_says_so_when_it_is_written_to(database, url, postgres):
    write(database, 3)
    database.close()
    name = url.rpartition("/")[2]
    postgres.tell(f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    migrate(database)  # there is nothing to do
    with pytest.raises(StoreUnavailableError, match="read-only transaction"):
        write(database, 4)
    assert revision(database) == 3

    database.close()
    postgres.tell(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    write(database, 4)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("53100", "could not extend file: No space left on device"),
        ("53300", "sorry, too many clients already"),
        ("57P01", "terminating connection due to administrator command"),
        ("40P01", "deadlock detected"),
    ],
)
def test_what_ails_the_server_is_told(database, state, said):
    write(database, 3)
    ails = f"DO $$ BEGIN RAISE EXCEPTION '{said}' USING ERRCODE = '{state}'; END $$"

    def fail() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE catalogue SET revision = 9")
            connection.exec_driver_sql(ails)

    with pytest.raises(StoreUnavailableError, match=said):
        fail()

    assert revision(database) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("postgres@", f"{GUARDED}:hush-hush@", "password authentication failed"),
        ("postgres@", f"{GUARDED}@", "no password supplied"),
        ("/attune_", "/nosuch_", "does not exist"),
        ("postgres@", f"{GUARDED}:{PASSWORD}@", "permission denied"),
    ],
)
def test_who_is_not_let_in_is_told_why_without_the_password(database, url, old, new, said):
    typical_listener = Database(url.replace(old, new))

    with pytest.raises(StoreUnavailableError, match=said) as refusal:
        revision(typical_listener)

    assert "hush-hush" not in str(refusal.value)
    assert "127.0.0.1" not in str(refusal.value)
    typical_listener.close()
    database.close()


def test_a_host_that_there_is_not_is_told():
    nowhere = Database("postgresql://postgres@nowhere.invalid/attune")

    with pytest.raises(StoreUnavailableError, match="cannot answer now"):
        revision(nowhere)


COUNT = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'attune' AND datname = current_database()
"""
BUSY_THREADS = 4
BESIDE_THEM = {"long": (4, 0.3, 0.1), "quick": (2, 0.001, 0.1)}
"""Jobs beside the requests: how many, how long each holds a connection, and its pause, in s."""


def test_threads_and_the_work_beside_them_share_a_bounded_number_of_connections(url, postgres):
    """All threads are busy, six jobs run beside them, and none waits long for a connection."""
    all_jobs = [(BUSY_THREADS, 0.02, 0.005), *BESIDE_THEM.values()]
    n_jobs = sum(n for n, _, _ in all_jobs)
    is_over = Event()
    with (
        closing(Database(url, n_threads=BUSY_THREADS)) as shared,
        ThreadPoolExecutor(n_jobs) as pool,
    ):

        def waits(holds_s, pause_s):
            """Return how long each statement took beyond its own time."""
            found = []
            while not is_over.wait(pause_s):
                began = time.monotonic()
                with shared.read() as connection:
                    connection.exec_driver_sql(f"SELECT pg_sleep({holds_s})")
                found.append(time.monotonic() - began - holds_s)
            return found

        runs = [pool.submit(waits, *times) for n, *times in all_jobs for _ in range(n)]
        n_open = []
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            n_open.append(postgres.tell(COUNT, url)[0][0])
            time.sleep(0.05)
        is_over.set()
        waited = [each.result() for each in runs]

    assert max(n_open) == most_connections(BUSY_THREADS)
    assert all(waited)
    assert max(max(each) for each in waited) < PATIENCE_S / 10
