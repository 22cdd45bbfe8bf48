"""What several workers do to one database at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np
import pytest

from models.emotion import QUADRANTS
from models.personal import Answer
from service.api.update.updates import update
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.personal_models import ModelKey, PersonalModels
from service.db.schema import migrate
from service.labels import Appended, Label, effective
from service.serving.container import population_predictor_of
from service.serving.personal_models import Listeners
from service.tracks import Content, TrackMetadata
from service.votes import votes_of
from tests.fakes import FakeClock, features, population_predictor
from tests.house import listeners_over, snapshot

N_WORKERS = 8
N_TRACKS = 5
TRACKS = [f"t{i}" for i in range(N_TRACKS)]
A = Content("a" * 64, None)

Open = Callable[[], Database]


@pytest.fixture(name="open_database")
def _open_database(url: str) -> Iterator[Open]:
    with ExitStack() as stack:

        def open_one() -> Database:
            database = Database(url)
            stack.callback(database.close)
            return database

        migrate(open_one())
        yield open_one


def catalogue_of(database: Database) -> Catalogue:
    return Catalogue(database, population_predictor(), FakeClock())


def fill(database: Database) -> None:
    for seed, track_id in enumerate(TRACKS):
        catalogue_of(database).put(track_id, features(seed=seed), A, TrackMetadata())


def answer(number: int) -> Label:
    return Label(f"e{number}", TRACKS[number % N_TRACKS], QUADRANTS[number * 7 % 4])


def point(number: int) -> Label:
    place = number * 0.37 % 2 - 1, number * 0.73 % 2 - 1
    return Label.at_point(f"e{number}", TRACKS[number % N_TRACKS], *place)


def votes_in(log: LabelLog, *user_ids: str) -> dict[str, tuple[float, ...]]:
    votes: dict[str, np.ndarray] = {}
    for user_id in user_ids:
        for event in effective(log.events(user_id)):
            row = votes.setdefault(event.label.track_id, np.zeros(4))
            row += votes_of([event.label])[0]
    return {track_id: tuple(each.tolist()) for track_id, each in votes.items()}


def test_overlapping_answers_of_one_user_are_each_recorded_once(open_database):
    fill(open_database())

    def work(worker: int) -> list[Appended]:
        log = LabelLog(open_database(), FakeClock())
        starts = range(worker * 5, worker * 5 + 40, 4)  # calls overlap within and across workers
        return [log.append("ana", [answer(n) for n in range(s, s + 10)]) for s in starts]

    with ThreadPoolExecutor(N_WORKERS) as pool:
        appended = [one for worker in pool.map(work, range(N_WORKERS)) for one in worker]

    log = LabelLog(open_database(), FakeClock())
    ids = [event.label.event_id for event in log.events("ana")]
    sent = {
        n for w in range(N_WORKERS) for s in range(w * 5, w * 5 + 40, 4) for n in range(s, s + 10)
    }
    assert sorted(ids) == sorted(f"e{n}" for n in sent)
    assert sum(one.accepted for one in appended) == len(sent)
    assert sum(one.accepted + one.duplicates for one in appended) == N_WORKERS * 10 * 10
    assert log.votes() == votes_in(log, "ana")


def test_workers_that_teach_one_user_end_with_the_same_model(open_database):
    shared = snapshot()

    def open_worker() -> tuple[Catalogue, LabelLog, Listeners]:
        database, clock = open_database(), FakeClock()
        catalogue = Catalogue(database, population_predictor_of(shared), clock)
        log, model_store = LabelLog(database, clock), PersonalModels(database)
        return catalogue, log, listeners_over(shared, catalogue, log, model_store)

    catalogue, log, listeners = open_worker()
    for seed, track_id in enumerate(TRACKS):
        catalogue.put(track_id, features(seed=seed), A, TrackMetadata())

    def work(worker: int) -> Listeners:
        _, own_log, own = open_worker()
        for n in range(worker, worker + 6):
            update("ana", [answer(n), answer(n + 1)], log=own_log, listeners=own)
        return own

    with ThreadPoolExecutor(N_WORKERS) as pool:
        workers = list(pool.map(work, range(N_WORKERS)))

    afresh = listeners.personaliser.fit(
        [
            Answer(catalogue.learnt_from(TRACKS)[event.label.track_id], event.label.quadrant)
            for event in effective(log.events("ana"))
        ]
    )
    models = {each.current("ana").model.to_bytes() for each in (*workers, open_worker()[2])}
    assert models == {afresh.to_bytes()}
    assert log.last_seq("ana") == N_WORKERS + 6  # each of these answers once


def test_votes_of_many_users_add_up(open_database):
    fill(open_database())
    users = [f"user{i}" for i in range(N_WORKERS)]

    def work(user_id: str) -> None:
        log = LabelLog(open_database(), FakeClock())
        for n in range(30):
            log.append(user_id, [point(n), Label.retraction(f"r{n}", TRACKS[n * 3 % N_TRACKS])])

    with ThreadPoolExecutor(N_WORKERS) as pool:
        list(pool.map(work, users))

    log = LabelLog(open_database(), FakeClock())
    assert log.votes() == votes_in(log, *users)


def test_every_answer_is_recorded_with_the_votes_of_others_that_stood_then(open_database):
    fill(open_database())
    users = [f"user{i}" for i in range(N_WORKERS)]

    def work(user_id: str) -> None:
        log = LabelLog(open_database(), FakeClock())
        for n in range(20):
            withdrawn = Label.retraction(f"r{n}", TRACKS[n * 3 % N_TRACKS])
            log.append(user_id, [point(n), withdrawn, answer(n + 101)])

    with ThreadPoolExecutor(N_WORKERS) as pool:
        list(pool.map(work, users))

    # Who votes on a track locks it before the event gets its place: places tell what came first.
    log = LabelLog(open_database(), FakeClock())
    events = sorted((event for each in users for event in log.events(each)), key=lambda e: e.seq)
    expected, standing = [], {}
    for event in events:
        votes = standing.setdefault(event.label.track_id, {})
        others = sum((v for u, v in votes.items() if u != event.user_id), np.zeros(4))
        (votes[event.user_id],) = votes_of([event.label])
        is_known = event.label.quadrant is not None and others.any()
        expected.append(tuple(others.tolist()) if is_known else None)
    assert [event.others for event in events] == expected
    assert sum(each is not None for each in expected) > N_WORKERS * 20
    assert log.votes() == votes_in(log, *users)


def test_users_are_forgotten_while_others_answer(open_database):
    fill(open_database())

    def work(worker: int) -> None:
        database = open_database()
        log, models = LabelLog(database, FakeClock()), PersonalModels(database)
        for n in range(20):
            log.append(f"user{worker}", [point(n)])
            key = ModelKey(f"user{worker}", "v1", "committee", log.last_seq(f"user{worker}"))
            models.put(key, b"model")
        for _ in range(worker % 2):
            log.forget(f"user{worker}")

    with ThreadPoolExecutor(N_WORKERS) as pool:
        list(pool.map(work, range(N_WORKERS)))

    log = LabelLog(open_database(), FakeClock())
    assert [log.last_seq(f"user{i}") > 0 for i in range(4)] == [True, False, True, False]
    assert log.votes() == votes_in(log, *(f"user{i}" for i in range(N_WORKERS)))


def test_no_change_of_the_catalogue_is_overlooked(open_database):
    def write(worker: int) -> None:
        catalogue = catalogue_of(open_database())
        for n in range(20):
            catalogue.put(f"w{worker}n{n}", features(seed=n), A, TrackMetadata())
        for n in range(10):
            catalogue.hide(f"w{worker}n{n}")

    def follow() -> set[str]:
        catalogue, shown, revision = catalogue_of(open_database()), set(), 0
        while not done or revision < last():
            changes = catalogue.changes_since(revision, 7)
            shown |= {track.track_id for track in changes.changed}
            shown -= set(changes.removed)
            revision = changes.revision
        return shown

    def last() -> int:
        return catalogue_of(open_database()).changes_since(0, 1000).revision

    done: list[bool] = []
    with ThreadPoolExecutor(N_WORKERS + 1) as pool:
        seen = pool.submit(follow)
        list(pool.map(write, range(4)))
        done.append(True)

    assert seen.result() == {f"w{w}n{n}" for w in range(4) for n in range(10, 20)}


def test_no_change_of_the_votes_is_overlooked(open_database):
    fill(open_database())
    users = [f"user{i}" for i in range(4)]

    def write(user_id: str) -> None:
        log = LabelLog(open_database(), FakeClock())
        for n in range(25):
            log.append(user_id, [answer(n), point(n + 100)])

    def follow() -> dict[str, tuple[float, ...]]:
        log, seen, revision = LabelLog(open_database(), FakeClock()), {}, 0
        while not done or log.votes_since(revision).counts:
            changes = log.votes_since(revision)
            seen |= changes.counts
            revision = changes.revision
        return seen

    done: list[bool] = []
    with ThreadPoolExecutor(N_WORKERS + 1) as pool:
        seen = pool.submit(follow)
        list(pool.map(write, users))
        done.append(True)

    assert seen.result() == votes_in(LabelLog(open_database(), FakeClock()), *users)


def test_a_track_that_several_register_at_once_is_new_to_one(open_database):
    def register(_: int) -> bool:
        return catalogue_of(open_database()).put("t", features(), A, TrackMetadata())

    with ThreadPoolExecutor(N_WORKERS) as pool:
        was_free = list(pool.map(register, range(N_WORKERS)))

    assert was_free.count(True) == 1
