"""The counts that are kept beside the log and the catalogue equal what they count."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from random import Random
from threading import Thread

import pytest
from sqlalchemy import delete, insert, select, text, update

from models.emotion import QUADRANTS, Quadrant
from service.__main__ import main
from service.cli.factories import recount_all
from service.db import label_log
from service.db.counts import UsageCounts
from service.db.label_log import LabelLog
from service.db.recount import rebuild_counts
from service.db.schema import migrate
from service.db.tables import catalogue, tally, user_count, user_tally
from service.db.tallies import TALLIES
from service.errors import TrackNotFoundError, UserForgottenError
from service.evaluation.prequential import Forecast
from service.labels import DatedLabel, Label, effective, latest
from service.settings import Settings
from tests.fakes import FakeClock

Q1, Q2, Q3, Q4 = Quadrant
USERS = ("ana", "bob", "cleo")
TRACKS = tuple(f"t{n}" for n in range(6))
RIGHT = {"catalogue": 0, "user_count": 0, "user_tally": 0, "tally": 0}
ONES = {q: tuple(float(q is other) for other in QUADRANTS) for q in QUADRANTS}
MANY = 40
"""Calls of a random sequence."""
TOO_MANY_TO_SQUARE = 46_341
"""Answers of a day whose square has more than 31 bits."""
BLOCKED_S = 1.0
"""Time in which a recount comes to wait for a call."""


def recounted(database):
    with database.write() as connection:
        return rebuild_counts(connection)


def rows(database, table):
    with database.read() as connection:
        stored = TALLIES if table is tally else select(table)
        return {tuple(row) for row in connection.execute(stored)}


class Calls:
    """Random calls of users and operators."""

    def __init__(self, stores, seed):
        self._stores, self._rng, self._n = stores, Random(seed), 0  # noqa: S311  # no secret

    def make_one(self):
        user_id, track_id = self._rng.choice(USERS), self._rng.choice(TRACKS)
        kinds = [self._answer] * 5 + [self._import] * 2 + [self._hide, self._put, self._forget]
        with suppress(TrackNotFoundError, UserForgottenError):
            self._rng.choice(kinds)(user_id, track_id)

    def _label(self, track_id):
        self._n += 1
        event_id = f"e{self._n}"
        circumstances = {
            "strategy": self._rng.choice(["mc", "rand", None]),
            "is_random": self._rng.random() < 0.5,
            "is_repeat": self._rng.random() < 0.2,
        }
        match self._rng.randrange(6):
            case 0:
                return Label.retraction(event_id, track_id)
            case 1:
                return Label.undecided(event_id, track_id)
            case _:
                return Label(event_id, track_id, self._rng.choice(QUADRANTS), **circumstances)

    def _labels(self, track_id):
        others = self._rng.choices(TRACKS, k=self._rng.randrange(3))
        return [self._label(each) for each in (track_id, *others)]

    def _answer(self, user_id, track_id):
        labels = self._labels(track_id)
        told = self._rng.choice(["v1", "v2"]), self._rng.choice([0, 1, 7, 12, 30, 60])
        personal, population = (ONES[self._rng.choice(QUADRANTS)] for _ in range(2))
        forecasts = {
            label.track_id: Forecast(*told, personal, population)
            for label in labels
            if self._rng.random() < 0.8
        }
        for _ in range(self._rng.choice([1, 1, 2])):  # some calls are repeated
            self._stores.log.append(user_id, labels, forecasts=forecasts)

    def _import(self, user_id, track_id):
        now = datetime(2026, 1, 1, tzinfo=UTC)
        dated = [
            DatedLabel(label, now + timedelta(hours=self._rng.randrange(-72, 2)))
            for label in self._labels(track_id)
        ]
        dated.append(DatedLabel(self._label(f"unregistered{self._n % 3}"), now))
        self._stores.log.restore(user_id, dated)
        if self._rng.random() < 0.5:
            self._stores.log.restore(user_id, dated, may_replace=True)

    def _hide(self, user_id, track_id):
        del user_id
        self._stores.catalogue.hide(track_id)

    def _put(self, user_id, track_id):
        del user_id
        self._stores.put(track_id)

    def _forget(self, user_id, track_id):
        del track_id
        self._stores.log.forget(user_id)
        if self._rng.random() < 0.7:
            self._stores.log.readmit(user_id)


@pytest.mark.parametrize("seed", range(3))
def test_after_any_calls_counts_equal_a_recount(stores, database, seed):
    stores.put(*TRACKS)
    calls = Calls(stores, seed)

    for _ in range(MANY):
        calls.make_one()
        assert recounted(database) == RIGHT


@pytest.mark.parametrize("seed", [11])
def test_the_counts_of_users_equal_their_logs(stores, database, seed):
    stores.put(*TRACKS)
    calls, usage_counts = Calls(stores, seed), UsageCounts(database)
    for _ in range(MANY):
        calls.make_one()

    found = {user_id: usage_counts.user(user_id) for user_id in USERS}

    days, n_current = Counter(), 0
    for user_id, counts in found.items():
        events = list(stores.log.events(user_id))
        if not events:
            assert counts is None
            continue
        standing = [event.label.quadrant for event in effective(events)]
        n_current += len(standing)
        assert counts.quadrants == {q: standing.count(q) for q in QUADRANTS}
        assert counts.n_cant_tell == sum(event.label.cant_tell for event in latest(events))
        assert counts.first_label_at == min(event.created_at for event in events)
        assert counts.last_label_at == max(event.created_at for event in events)
        days.update(e.created_at.date() for e in events if e.label.quadrant is not None)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC).date()
    assert {day: each.n_labels for day, each in usage_counts.days(long_ago).items()} == days
    n_shown = sum(not row.is_hidden for row in _tracks(database))
    assert usage_counts.count().n_labels == n_current
    assert usage_counts.count().n_tracks == n_shown
    assert [each.user_id for each in usage_counts.users("", 10)] == [u for u in USERS if found[u]]


def _tracks(database):
    with database.read() as connection:
        return connection.exec_driver_sql("SELECT track_id, is_hidden FROM track").all()


def test_nothing_of_a_forgotten_user_is_counted(stores, database):
    stores.put(*TRACKS)
    stores.log.append("ana", [Label("e0", "t0", Q1)])
    before = {each.name: rows(database, each) for each in (user_count, user_tally, tally)}
    forecast = Forecast("v1", 0, ONES[Q1], ONES[Q2])
    labels = [Label("e1", "t1", Q1, strategy="mc", is_random=True), Label.undecided("e2", "t2")]
    stores.log.append("bob", labels, forecasts={"t1": forecast})
    stores.log.append("cleo", [Label.undecided("e1", "t2")])

    for user_id in ("bob", "cleo"):
        stores.log.forget(user_id)

    kept = {each.name: rows(database, each) for each in (user_count, user_tally)}
    assert kept == {name: before[name] for name in kept}
    assert {row for row in rows(database, tally) if row[3]} == before["tally"]


def test_users_come_in_pages_by_id(stores, database):
    stores.put("t0")
    users = [f"u{n}" for n in (3, 1, 2)] + ["U4", "ana@example.org"]
    for user_id in users:
        stores.log.append(user_id, [Label("e", "t0", Q1)])
    usage_counts = UsageCounts(database)

    first = usage_counts.users("", 3)
    rest = usage_counts.users(first[-1].user_id, 3)

    assert [each.user_id for each in (*first, *rest)] == sorted(users)
    assert {each.n_labels for each in first} == {1}
    assert list(usage_counts.users("u3", 3)) == []


def test_the_command_corrects_wrong_counts(stores, database, url, monkeypatch, capsys):
    monkeypatch.setenv("ATTUNE_DATABASE_URL", url)
    stores.put(*TRACKS)
    for user_id in USERS:
        stores.log.append(user_id, [Label(f"e{t}", t, Q1) for t in TRACKS])
    right = {each.name: rows(database, each) for each in (user_count, user_tally, tally)}

    assert main(["recount"]) == 0
    assert capsys.readouterr().out.split() == [word for name in RIGHT for word in (name, "right")]

    with database.write() as connection:
        connection.execute(update(catalogue).values(n_shown=99))
        connection.execute(update(user_count).where(user_count.c.user_id == "ana").values(q1=3))
        connection.execute(delete(user_tally).where(user_tally.c.user_id == "bob"))
        row = dict.fromkeys(tally.c.keys(), 1) | {"kind": "strategy", "key": "none"}
        connection.execute(insert(tally).values(row))
    assert main(["recount"]) == 0
    assert "user_count      2 rows corrected\n" in capsys.readouterr().out

    assert {each.name: rows(database, each) for each in (user_count, user_tally, tally)} == right
    assert UsageCounts(database).count().n_tracks == len(TRACKS)
    assert recounted(database) == RIGHT


def test_a_migration_counts_what_is_there(stores, database):
    stores.put(*TRACKS)
    calls = Calls(stores, 21)
    for _ in range(MANY):
        calls.make_one()
    stores.put(*TRACKS)
    labels = [Label("e0", "t0", Q1), Label("e1", "t1", Q2), Label.undecided("e2", "t2")]
    stores.log.append("dan", [*labels, Label("e3", "t0", Q3)])

    migrate(database, "0010", may_lose=True)
    migrate(database)

    assert recounted(database) == RIGHT
    counts = UsageCounts(database).user("dan")
    assert (counts.quadrants, counts.n_cant_tell) == ({Q1: 0, Q2: 1, Q3: 1, Q4: 0}, 1)


def test_counts_of_a_user_may_be_large(stores, database):
    stores.put("t0")
    with database.write() as connection:
        connection.execute(
            text(
                "WITH RECURSIVE numbered (n) AS "
                "(SELECT 1 UNION ALL SELECT n + 1 FROM numbered WHERE n < :most) "
                "INSERT INTO label_event (user_id, event_id, track_id, quadrant, created_at) "
                "SELECT 'bot', 'e' || n, 't0', 'Q1', '2026-01-01 12:00:00.000000' FROM numbered"
            ),
            {"most": TOO_MANY_TO_SQUARE},
        )

    assert recounted(database)["tally"]
    migrate(database, "0012", may_lose=True)
    migrate(database)

    assert recounted(database) == RIGHT
    [day] = UsageCounts(database).days(date(2026, 1, 1)).values()
    assert day.n_labels == TOO_MANY_TO_SQUARE


def test_calls_at_once_lose_no_count(stores, database):
    stores.put(*TRACKS)

    def call(n):
        user_id = USERS[n % 3]
        if n % 10 == 9:
            with database.write() as connection:
                rebuild_counts(connection)
        elif n % 10 == 8:
            stores.log.restore(
                user_id,
                [DatedLabel(Label(f"e{n}", f"x{n}", Q2), datetime(2025, 1, 1, tzinfo=UTC))],
            )
        elif n % 10 == 7:
            stores.put(f"new{n}")
        else:
            forecast = Forecast("v1", n, ONES[Q1], ONES[Q2])
            label = Label(f"e{n}", TRACKS[n % 6], Q1)
            LabelLog(database, FakeClock()).append(
                user_id, [label], forecasts={label.track_id: forecast}
            )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, range(120)))

    assert recounted(database) == RIGHT
    assert UsageCounts(database).count().n_tracks == len(TRACKS) + 12


@pytest.mark.parametrize("step", ["put_answers", "change_user"])
def test_a_recount_waits_for_an_answer_without_a_deadlock(
    stores, database, url, monkeypatch, step
):
    stores.put(*TRACKS)
    stores.log.append("ana", [Label("e0", "t0", Q1)])
    found = []
    recount = Thread(target=lambda: found.append(recount_all(Settings(database_url=url))))
    taken = getattr(label_log, step)

    def beside_a_recount(*arguments):
        recount.start()
        recount.join(BLOCKED_S)
        assert not found
        return taken(*arguments)

    monkeypatch.setattr(label_log, step, beside_a_recount)
    stores.log.append("ana", [Label("e1", "t0", Q2)])
    recount.join()

    assert found == [RIGHT]
    assert stores.log.answers("ana").track_ids == ["t0"]
    assert recounted(database) == RIGHT
