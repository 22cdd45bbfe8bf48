"""What several workers do to one database at the same time."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import UTC, datetime

import numpy as np
import pytest

from models.emotion import QUADRANTS
from service.api.predict.predictions import Upload
from service.api.tracks.catalogue import Archive, delete_track
from service.db import track_feature_feed
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.recordings import FileRecordings
from service.errors import TrackNotFoundError
from service.labels import DatedLabel, Label, effective
from service.tracks import Content, TrackMetadata
from service.votes import VotesMark, votes_of
from tests.audio_signals import chord, encoded
from tests.fakes import FakeClock, features, population_predictor, standing_votes
from tests.small_service import SmallService, register

N_WORKERS = 8
N_TRACKS = 5
TRACKS = [f"t{i}" for i in range(N_TRACKS)]
A = Content("a" * 64, None)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

Open = Callable[[], Database]


@pytest.fixture(name="open_database")
def _open_database(url: str) -> Iterator[Open]:
    with ExitStack() as stack:

        def open_one() -> Database:
            database = Database(url)
            stack.callback(database.close)
            return database

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
    assert standing_votes(log) == votes_in(log, *users)


def test_no_change_of_the_catalogue_is_overlooked(open_database, monkeypatch):
    monkeypatch.setattr(track_feature_feed, "CHANGES_AT_ONCE", 7)

    def write(worker: int) -> None:
        catalogue = catalogue_of(open_database())
        for n in range(20):
            catalogue.put(f"w{worker}n{n}", features(seed=n), A, TrackMetadata())
        for n in range(10):
            catalogue.hide(f"w{worker}n{n}")

    def follow() -> set[str]:
        feed = track_feature_feed.TrackFeatureFeed(open_database(), population_predictor())
        shown, revision = set(), 0
        while not done or revision < last():
            revision, changes = feed.since(revision)
            shown |= set(changes.track_ids)
            shown -= set(changes.removed)
        return shown

    def last() -> int:
        return catalogue_of(open_database()).revision()

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
        log, seen, mark = LabelLog(open_database(), FakeClock()), {}, VotesMark()
        while not done or log.votes_since(mark).counts:
            changes = log.votes_since(mark)
            seen |= changes.counts
            mark = changes.mark
        return seen

    done: list[bool] = []
    with ThreadPoolExecutor(N_WORKERS + 1) as pool:
        seen = pool.submit(follow)
        list(pool.map(write, users))
        done.append(True)

    assert seen.result() == votes_in(LabelLog(open_database(), FakeClock()), *users)


def test_a_track_that_several_register_at_once_is_new_to_one(open_database):
    def register(_: int) -> bool:
        return catalogue_of(open_database()).put("t", features(), A, TrackMetadata()).is_new

    with ThreadPoolExecutor(N_WORKERS) as pool:
        was_free = list(pool.map(register, range(N_WORKERS)))

    assert was_free.count(True) == 1


def test_logs_that_name_unknown_tracks_and_their_registration_wait_for_each_other(open_database):
    track_ids = [f"n{number}" for number in range(12)]
    users = [f"user{number}" for number in range(4)]

    def restore(user_id: str) -> None:
        log = LabelLog(open_database(), FakeClock())
        for number, track_id in enumerate(track_ids):
            label = Label(f"e{number}", track_id, QUADRANTS[number % 4])
            log.restore(user_id, [DatedLabel(label, LONG_AGO)])

    def register(track_id: str) -> None:
        catalogue_of(open_database()).put(track_id, features(), A, TrackMetadata())

    with ThreadPoolExecutor(N_WORKERS) as pool:
        restored, registered = pool.map(restore, users), pool.map(register, track_ids[::-1])
        assert [*restored, *registered] == [None] * (len(users) + len(track_ids))

    shown = [record.track_id for record in catalogue_of(open_database()).page("", 99)]
    assert shown == sorted(track_ids)
    log = LabelLog(open_database(), FakeClock())
    assert standing_votes(log) == votes_in(log, *users)
    assert {sum(votes) for votes in standing_votes(log).values()} == {len(users)}


def test_files_of_one_sound_and_deletions_at_once_leave_the_recording_of_the_last(
    open_database, tmp_path
):
    sound = encoded(chord(seconds=0.5))

    def worker() -> SmallService:
        return SmallService(open_database(), recordings=FileRecordings(tmp_path / "audio"))

    def tag_again(number: int) -> None:
        mine = worker()
        for n in range(3):
            file = sound + f"tagged by {number} for the {n}th time".encode()
            register(mine, "t", Upload(io.BytesIO(file)))

    def delete(_: int) -> None:
        for _ in range(3):
            with suppress(TrackNotFoundError):
                delete_track("t", archive=Archive.of(worker()))

    register(worker(), "t", Upload(io.BytesIO(sound)))
    worker().tell("ana", Label("e", "t", QUADRANTS[0]))
    works = (tag_again, delete, tag_again)
    with ThreadPoolExecutor(N_WORKERS) as pool:
        list(pool.map(lambda number: works[number % len(works)](number), range(6)))
    tag_again(9)

    kept = [file.name for file in tmp_path.glob("audio/*/*") if file.name != "lock"]
    assert kept == [worker().catalogue.get("t").content.audio_sha256]
