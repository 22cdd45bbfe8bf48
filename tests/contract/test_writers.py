"""Writers of labels beside each other on PostgreSQL, and a reader of the votes that keeps up."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from threading import Event

import pytest
from sqlalchemy import Connection, event, update

from models.emotion import QUADRANTS
from service.db import votes
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.recount import rebuild_counts
from service.db.schema import migrate
from service.db.tables import track_votes
from service.labels import Label, QuadrantVotes
from service.tracks import Content, TrackMetadata
from service.votes import VotesMark
from tests.fakes import FakeClock, features, population_predictor, standing_votes
from tests.postgres import Postgres, new_cluster

TRACKS = [f"t{number}" for number in range(4)]
Q1, Q2, Q3, Q4 = QUADRANTS


@pytest.fixture(name="url")
def _url(postgres: Postgres, postgres_template: str) -> str:
    return postgres.new_database(postgres_template)


@pytest.fixture(name="open_log")
def _open_log(url: str) -> Iterator[Callable[[], LabelLog]]:
    """Logs of one database with some tracks, each over connections of its own."""
    with ExitStack() as stack:

        def open_one() -> LabelLog:
            database = Database(url)
            stack.callback(database.close)
            return LabelLog(database, FakeClock())

        catalogue = Catalogue(open_one()._database, population_predictor(), FakeClock())
        for seed, track_id in enumerate(TRACKS):
            content = Content(str(seed) * 64, None)
            catalogue.put(track_id, features(seed=seed), content, TrackMetadata())
        yield open_one


@pytest.mark.parametrize("at_once", [1, 100])
def test_writers_do_not_wait_and_what_commits_late_is_read(open_log, monkeypatch, at_once):
    monkeypatch.setattr(votes, "CHANGES_AT_ONCE", at_once)
    early, late, log = (open_log() for _ in range(3))
    seen, mark = read_votes(log, VotesMark())
    assert seen == {}

    with uncommitted(late, "ana", Label("e", "t0", Q1)):
        early.append("bob", [Label("e", "t1", Q2), Label("f", "t2", Q3)])
        seen, mark = read_votes(log, mark)
        assert set(seen) == {"t1", "t2"}
        early.append("cleo", [Label("e", "t3", Q4)])
        seen, mark = read_votes(log, mark)
        assert set(seen) == {"t3"}

    seen, mark = read_votes(log, mark)
    assert seen == {"t0": (1, 0, 0, 0)}
    assert read_votes(log, mark)[0] == {}
    assert read_votes(log, VotesMark())[0] == standing_votes(log)


def test_votes_restored_from_another_server_are_read_once(open_log, monkeypatch):
    log = open_log()
    log.append("ana", [Label("e", "t0", Q1), Label("f", "t1", Q1)])
    with log._database.write() as connection:
        connection.execute(update(track_votes).values(revision=10**15))
    monkeypatch.setattr(votes, "CHANGES_AT_ONCE", 2)
    votes.adopt_votes(log._database)

    first, mark = read_votes(log, VotesMark())
    assert set(first) == set(TRACKS)
    log.append("bob", [Label("e", "t1", Q2)])
    later, mark = read_votes(log, mark)
    assert later == {"t1": (1, 1, 0, 0)}
    assert read_votes(log, mark)[0] == {}


def test_no_change_is_missed_after_a_crash_that_lost_what_need_not_be_on_the_disk():
    """PostgreSQL gives the ids of lost transactions again, to labels among others."""
    with new_cluster() as cluster:
        cluster.tell("ALTER SYSTEM SET wal_writer_delay = '10s'")
        cluster.restart()
        with closing(Database(cluster.new_database())) as database:
            migrate(database)
            catalogue = Catalogue(database, population_predictor(), FakeClock())
            for track_id in TRACKS:
                catalogue.put(track_id, features(), Content("a" * 64, None), TrackMetadata())
            log = LabelLog(database, FakeClock())
            log.append("ana", [Label("e", "t0", Q1)])
            for _ in range(10):
                with database.write_cache() as connection:
                    connection.exec_driver_sql("SELECT pg_current_xact_id()")
            _, mark = read_votes(log, VotesMark())
            cluster.kill()
            cluster.start()

            log.append("bob", [Label("e", "t1", Q2)])

            assert read_votes(log, mark)[0] == {"t1": (0, 1, 0, 0)}


def test_writers_on_the_same_tracks_end_with_the_votes_of_the_log(open_log):
    users = [f"user{number}" for number in range(6)]

    def write(user_id: str) -> None:
        log = open_log()
        for number in range(20):
            quadrant = QUADRANTS[(number + len(user_id)) % 4]
            log.append(user_id, [Label(f"{number}{t}", t, quadrant) for t in reversed(TRACKS)])
        if user_id in users[:2]:
            log.forget(user_id)

    def follow() -> dict[str, QuadrantVotes]:
        log, found, mark = open_log(), {}, VotesMark()
        while not done.wait(0.01):
            new, mark = read_votes(log, mark)
            found |= new
        return found | read_votes(log, mark)[0]

    done = Event()
    with ThreadPoolExecutor(len(users) + 1) as pool:
        following = pool.submit(follow)
        try:
            list(pool.map(write, users))
        finally:
            done.set()

    log = open_log()
    assert following.result() == standing_votes(log)
    assert [sum(each) for each in following.result().values()] == [4] * len(TRACKS)
    with log._database.write() as connection:
        assert not any(rebuild_counts(connection).values())


def read_votes(log: LabelLog, mark: VotesMark) -> tuple[dict[str, QuadrantVotes], VotesMark]:
    """Return all votes that changed since a mark, and the next mark."""
    found: dict[str, QuadrantVotes] = {}
    is_whole = False
    while not is_whole:
        changes = log.votes_since(mark)
        found |= changes.counts
        mark, is_whole = changes.mark, changes.is_whole
    return found, mark


@contextmanager
def uncommitted(log: LabelLog, user_id: str, label: Label) -> Iterator[None]:
    """Let a writer wait between its last statement and its commit until the block ends."""
    is_written, may_commit = Event(), Event()

    def wait(connection: Connection) -> None:
        del connection
        is_written.set()
        assert may_commit.wait(60)

    engine = log._database._writer
    event.listen(engine, "commit", wait)
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(log.append, user_id, [label])
        try:
            assert is_written.wait(60)
            yield
        finally:
            may_commit.set()
        writing.result()
