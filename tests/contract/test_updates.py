"""What several processes do to one user at the same time, and one that dies in between."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from cachetools import LRUCache
from sqlalchemy import func, select

from models.emotion import QUADRANTS
from models.personal import (
    Answer,
    CommitteePersonaliser,
    LogisticPersonaliser,
    Personaliser,
    PersonalModel,
)
from service.api.update.updates import restore, update
from service.api.users.users import forget_user
from service.clock import Clock, utc_now
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.notifications import Notifications
from service.db.personal_models import PersonalModels
from service.db.tables import forgotten_user, label_event, personal_model, repeatable_call
from service.errors import UserForgottenError
from service.evaluation.prequential import Forecast
from service.labels import AppendResult, DatedLabel, Label, RepeatableCall, call_of, effective
from service.serving.container import population_predictor_of
from service.serving.personal_models import UserModels
from service.serving.poller import Poller
from service.tracks import Content, TrackMetadata
from service.votes import NO_VOTES
from tests.fakes import calls, features, standing_votes
from tests.small_service import snapshot

N_WORKERS = 3
N_CALLS = 8
TRACKS = [f"t{i}" for i in range(12)]
PATIENCE_S = 60.0
# Forked, so that nothing is imported anew; each process opens connections of its own.
PROCESSES = get_context("fork")

PERSONALISERS: Mapping[str, Callable[[], Personaliser]] = {
    "logistic": lambda: LogisticPersonaliser(snapshot().listener_model),
    "committee-newest": lambda: CommitteePersonaliser(snapshot().committees, "committee-newest"),
}


@dataclass(frozen=True)
class Worker:
    """What a process has over the database."""

    database: Database
    catalogue: Catalogue
    log: LabelLog
    listeners: UserModels

    def model(self, user_id: str) -> bytes | None:
        """The user's model as this process knows it."""
        return blob(self.listeners.current(user_id).model)

    def replay(self, user_id: str) -> bytes | None:
        """The user's model as it follows from the log alone."""
        standing = effective(self.log.events(user_id))
        tracks = self.catalogue.learnt_from([event.label.track_id for event in standing])
        answers = [
            Answer(
                tracks[event.label.track_id],
                event.label.quadrant,
                event.label.point,
                batch,
                np.array(event.others or NO_VOTES),
            )
            for batch, call in enumerate(calls(standing))
            for event in call
        ]
        return blob(self.listeners.personaliser.fit(answers) if answers else None)

    def count(self, table: Any, user_id: str) -> int:
        """How many rows of a table are about the user."""
        statement = select(func.count()).select_from(table).where(table.c.user_id == user_id)
        with self.database.read() as connection:
            return int(connection.execute(statement).scalar_one())


def blob(model: PersonalModel | None) -> bytes | None:
    return None if model is None else model.to_bytes()


@contextmanager
def worker(url: str, algorithm: str = "logistic", clock: Clock = utc_now) -> Iterator[Worker]:
    shared = snapshot()
    with closing(Database(url)) as database:
        catalogue = Catalogue(database, population_predictor_of(shared), clock)
        log = LabelLog(database, clock)
        model_store = PersonalModels(database)
        personaliser = PERSONALISERS[algorithm]()
        listeners = UserModels(shared, personaliser, log, catalogue, model_store, LRUCache(10))
        yield Worker(database, catalogue, log, listeners)


@pytest.fixture(name="place")
def _place(url: str) -> str:
    """The URL of a database that holds tracks."""
    with closing(Database(url)) as database:
        catalogue = Catalogue(database, population_predictor_of(snapshot()), utc_now)
        for seed, track_id in enumerate(TRACKS):
            catalogue.put(track_id, features(seed=seed), Content("a" * 64, None), TrackMetadata())
    return url


def said(number: int) -> Label:
    """Some answer, or none, about a track of its own number."""
    event_id, track_id = f"e{number}", TRACKS[number * 5 % len(TRACKS)]
    if number % 7 == 6:
        return Label.retraction(event_id, track_id)
    if number % 11 == 5:
        return Label.undecided(event_id, track_id)
    if number % 2:
        return Label.at_point(event_id, track_id, (number % 9 - 4) / 4.3, (number % 5 - 2) / 2.1)
    return Label(event_id, track_id, QUADRANTS[number % 4])


def teach(url: str, algorithm: str, number: int) -> tuple[list[AppendResult], bool]:
    """Send calls that overlap with other workers'; say what became of them, and what was read."""
    message, read_own = [], True
    with worker(url, algorithm) as own:
        for first in range(number, number + 2 * N_CALLS, 2):
            labels = [said(first + i) for i in range(3)]
            key = call_of(f"k{first}", labels)
            updated = update("ana", labels, call=key, log=own.log, listeners=own.listeners)
            message.append(AppendResult(updated.n_recorded, len(labels) - updated.n_recorded))
            ids = {event.label.event_id for event in own.log.events("ana")}
            read_own &= {label.event_id for label in labels} <= ids
    return message, read_own


@pytest.mark.parametrize("algorithm", PERSONALISERS)
def test_processes_that_teach_one_user_lose_nothing_and_end_in_the_model_of_the_log(
    place, algorithm
):
    with ProcessPoolExecutor(N_WORKERS, PROCESSES) as pool:
        work = [pool.submit(teach, place, algorithm, number) for number in range(N_WORKERS)]
        done = [each.result(PATIENCE_S) for each in work]

    with worker(place, algorithm) as own, worker(place, algorithm) as later:
        ids = [event.label.event_id for event in own.log.events("ana")]
        sent = {f"e{first + i}" for n in range(N_WORKERS) for first in starts(n) for i in range(3)}
        assert sorted(ids) == sorted(sent)
        assert sum(one.accepted for message, _ in done for one in message) == len(sent)
        assert all(read_own for _, read_own in done)
        implied = own.replay("ana")
        assert implied is not None
        assert own.model("ana") == implied
        own.listeners.advance("ana")
        assert later.model("ana") == implied  # as it was stored


def starts(number: int) -> range:
    return range(number, number + 2 * N_CALLS, 2)


@pytest.mark.parametrize("algorithm", PERSONALISERS)
def test_a_log_that_is_imported_elsewhere_gives_the_same_model(place, algorithm):
    with worker(place, algorithm) as own:
        for first in range(0, 20, 4):
            update("bob", [said(first + 7)], log=own.log, listeners=own.listeners)
            labels = [said(first + i) for i in range(5)]
            update("ana", labels, log=own.log, listeners=own.listeners)
        exported = [DatedLabel(e.label, e.created_at, e.others) for e in own.log.events("ana")]
        assert any(each.others for each in exported)

        for part in (exported[:7], exported):
            restore("twin", part, log=own.log, listeners=own.listeners)

        assert own.model("twin") == own.model("ana") == own.replay("ana")


@pytest.mark.parametrize("algorithm", PERSONALISERS)
def test_what_others_say_later_changes_no_model_that_was_learnt(place, algorithm):
    numbers = [0, 1, 2, 3, 4]
    with worker(place, algorithm) as own, worker(place, algorithm) as later:
        alone = update("eve", list(map(said, numbers)), log=own.log, listeners=own.listeners)
        update("bob", [said(n + 12) for n in numbers], log=own.log, listeners=own.listeners)
        update("ana", list(map(said, numbers)), log=own.log, listeners=own.listeners)
        before = own.model("ana")

        forget_user("eve", log=own.log, listeners=own.listeners)
        update("bob", [said(n + 24) for n in numbers], log=own.log, listeners=own.listeners)

        assert later.listeners.advance("ana").n_labels == alone.listener.n_labels
        assert later.model("ana") == later.replay("ana") == own.model("ana") == before


class DyingLog:
    """Kills its process between the commit and the model."""

    def __init__(self, log: LabelLog) -> None:
        self._log = log

    def append(
        self,
        user_id: str,
        labels: list[Label],
        call: RepeatableCall | None,
        *,
        forecasts: Mapping[str, Forecast],
    ) -> None:
        self._log.append(user_id, labels, call, forecasts=forecasts)
        os.kill(os.getpid(), signal.SIGKILL)


def die(url: str, algorithm: str, labels: list[Label]) -> None:
    with worker(url, algorithm) as own:
        dying: Any = DyingLog(own.log)
        call = call_of("k", labels)
        update("ana", labels, call=call, log=dying, listeners=own.listeners)


@pytest.mark.parametrize("algorithm", PERSONALISERS)
def test_a_process_that_dies_after_the_commit_leaves_a_model_that_reading_brings_up(
    place, algorithm
):
    labels = [said(number) for number in range(5)]
    with worker(place, algorithm) as own:
        update("ana", [said(9)], log=own.log, listeners=own.listeners)
    dying = PROCESSES.Process(target=die, args=(place, algorithm, labels))
    dying.start()
    dying.join(PATIENCE_S)

    with worker(place, algorithm) as own:
        assert dying.exitcode == -signal.SIGKILL
        assert own.model("ana") == own.replay("ana")
        n_labels = own.listeners.current("ana").n_labels
        again = update(
            "ana", labels, call=call_of("k", labels), log=own.log, listeners=own.listeners
        )
        assert (again.accepted, again.duplicates, again.n_recorded) == (len(labels), 0, 0)
        assert again.listener.n_labels == n_labels
        assert own.log.last_seq("ana") == len(labels) + 1


class HeldClock:
    """Tells the time, once it may: whoever asks it within a transaction holds that up.

    Attributes:
        is_asked: Set when somebody waits for the time.
        may_go: To be set when they may have it.
    """

    def __init__(self) -> None:
        self.is_asked = Event()
        self.may_go = Event()

    def __call__(self) -> datetime:
        self.is_asked.set()
        assert self.may_go.wait(PATIENCE_S)
        return utc_now()


def assert_nothing_is_left(own: Worker, user_id: str) -> None:
    tables = (label_event, personal_model, repeatable_call)
    assert [own.count(table, user_id) for table in tables] == [0, 0, 0]
    assert standing_votes(own.log) == {}
    assert own.model(user_id) == blob(own.listeners.personaliser.population_model)


def test_a_user_who_is_forgotten_while_an_update_is_in_flight_stays_forgotten(place):
    clock, labels = HeldClock(), [said(number) for number in range(3)]
    with (
        worker(place, clock=clock) as slow,
        worker(place) as own,
        ThreadPoolExecutor(2) as pool,
    ):
        call = call_of("k", labels)
        updating = pool.submit(
            update, "ana", labels, call=call, log=slow.log, listeners=slow.listeners
        )
        assert clock.is_asked.wait(PATIENCE_S)  # the update has its lock, and has not committed
        forgetting = pool.submit(forget_user, "ana", log=own.log, listeners=own.listeners)
        clock.may_go.set()
        assert updating.result(PATIENCE_S).accepted == len(labels)
        forgetting.result(PATIENCE_S)

        slow.listeners.drop_forgotten()
        assert_nothing_is_left(own, "ana")
        assert slow.listeners.recent.currsize == 0
        with pytest.raises(UserForgottenError):
            update("ana", labels, call=call, log=own.log, listeners=own.listeners)


def test_an_update_that_comes_while_its_user_is_being_forgotten_is_refused(place):
    clock, labels = HeldClock(), [said(number) for number in range(3)]
    with (
        worker(place, clock=clock) as slow,
        worker(place) as own,
        ThreadPoolExecutor(2) as pool,
    ):
        update("ana", labels, log=own.log, listeners=own.listeners)
        forgetting = pool.submit(forget_user, "ana", log=slow.log, listeners=slow.listeners)
        assert clock.is_asked.wait(PATIENCE_S)  # the rows are deleted, and that not committed
        updating = pool.submit(update, "ana", [said(5)], log=own.log, listeners=own.listeners)
        clock.may_go.set()
        with pytest.raises(UserForgottenError):
            updating.result(PATIENCE_S)
        forgetting.result(PATIENCE_S)

        own.listeners.drop_forgotten()
        assert_nothing_is_left(own, "ana")


N_USERS = 6


def answer_until_forgotten(url: str, number: int) -> int:
    """Answer for every user in turn until each was forgotten; say how often that was told."""
    n_told, left = 0, {f"user{i}" for i in range(N_USERS)}
    deadline = time.monotonic() + PATIENCE_S / 2
    with worker(url) as own:
        while left and time.monotonic() < deadline:
            for user_id in sorted(left):
                number += N_WORKERS
                label = [said(number)]
                try:
                    update(user_id, label, log=own.log, listeners=own.listeners)
                except UserForgottenError:
                    left.discard(user_id)
                    n_told += 1
    return n_told


def forget_each(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_S / 2
    with worker(url) as own:
        for number in range(N_USERS):
            while own.log.last_seq(f"user{number}") == 0:
                assert time.monotonic() < deadline  # somebody has answered by then
            forget_user(f"user{number}", log=own.log, listeners=own.listeners)


def test_nothing_that_processes_write_brings_a_forgotten_user_back(place):
    with ProcessPoolExecutor(N_WORKERS + 1, PROCESSES) as pool:
        work = [pool.submit(answer_until_forgotten, place, n) for n in range(N_WORKERS)]
        pool.submit(forget_each, place).result(PATIENCE_S)
        assert [each.result(PATIENCE_S) for each in work] == [N_USERS] * N_WORKERS

    with worker(place) as own:
        for number in range(N_USERS):
            assert_nothing_is_left(own, f"user{number}")
        with own.database.read() as connection:
            hashes = connection.scalars(select(forgotten_user.c.user_hash)).all()
    assert len(hashes) == N_USERS
    assert not any("user" in user_hash for user_hash in hashes)


def remember_until_told(url: str, is_known: Any, held: Any) -> None:
    """Keep two users in mind, and say whom when the notice about one of them has come."""
    with worker(url) as own:
        message = Event()

        def let_go() -> None:
            own.listeners.drop_forgotten()
            message.set()

        poller = Poller(Notifications(own.database), period_s=0.05)
        poller.on("forgotten", let_go)
        poller.start()
        for user_id in ("ana", "bob"):
            own.listeners.current(user_id)
        assert {key.user_id for key in own.listeners.recent} == {"ana", "bob"}
        is_known.set()
        assert message.wait(PATIENCE_S)
        poller.stop()
        held.put(sorted(key.user_id for key in own.listeners.recent))


def test_another_process_lets_a_forgotten_user_go(place):
    is_known, held = PROCESSES.Event(), PROCESSES.Queue()
    with worker(place) as own:
        for user_id in ("ana", "bob"):
            update(user_id, [said(0), said(1)], log=own.log, listeners=own.listeners)
    other = PROCESSES.Process(target=remember_until_told, args=(place, is_known, held))
    other.start()
    assert is_known.wait(PATIENCE_S)

    with worker(place) as own:
        forget_user("ana", log=own.log, listeners=own.listeners)

    assert held.get(timeout=PATIENCE_S) == ["bob"]
    other.join(PATIENCE_S)
    assert other.exitcode == 0


def test_a_model_that_is_made_while_its_user_is_forgotten_is_not_remembered(place):
    """The notice may be followed before the model is there to be let go."""
    with worker(place) as own, worker(place) as elsewhere:
        update("ana", [said(0), said(1)], log=own.log, listeners=own.listeners)
        own.listeners.forget("ana")
        catalogue = own.catalogue
        summaries = catalogue.summaries

        def slow(track_ids: Any) -> Any:
            forgetting = Thread(
                target=forget_user,
                args=("ana",),
                kwargs={"log": elsewhere.log, "listeners": elsewhere.listeners},
            )
            forgetting.start()
            forgetting.join(PATIENCE_S)
            own.listeners.drop_forgotten()
            return summaries(track_ids)

        catalogue.summaries = slow  # type: ignore[method-assign]  # as if it took its time
        own.listeners.advance("ana")

        assert own.listeners.recent.currsize == 0
        assert own.count(personal_model, "ana") == 0
