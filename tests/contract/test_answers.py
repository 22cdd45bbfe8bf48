"""The compact rows of users' latest events, which follow from the log."""

from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from models.emotion import QUADRANTS, Quadrant
from service.answers import CANT_TELL, RETRACTED
from service.db.answers import rebuild_answers
from service.db.label_log import LabelLog
from service.db.tables import answer
from service.labels import DatedLabel, Label, latest
from service.votes import NO_VOTES, votes_of
from tests.fakes import FakeClock, calls

Q1, Q2, Q3, Q4 = Quadrant
TRACKS, USERS = ["t", "u", "ü"], ["ana", "bob"]
EXAMPLES = count()

TRACK = st.sampled_from(TRACKS)
COORDINATE = st.floats(-1, 1)
LABELS = st.one_of(
    st.builds(Label, st.just(""), TRACK, st.sampled_from([*QUADRANTS, None])),
    st.builds(Label, st.just(""), TRACK, st.sampled_from(QUADRANTS), is_repeat=st.booleans()),
    st.builds(Label.at_point, st.just(""), TRACK, COORDINATE, COORDINATE),
    st.builds(Label.undecided, st.just(""), TRACK),
)
SOME = st.lists(LABELS, min_size=1, max_size=3)
AGES = st.integers(-3, 3).map(lambda days: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days))
OTHERS = st.sampled_from([None, (0.0, 0.25, 0.75, 0.0)])
DATED = st.builds(DatedLabel, LABELS, AGES, OTHERS, st.booleans())
ACTIONS = st.one_of(
    st.tuples(st.just("append"), SOME),
    st.tuples(st.just("restore"), st.lists(DATED, min_size=1, max_size=3), st.booleans()),
    st.tuples(st.just("again"), st.booleans()),
    st.tuples(st.just("forget")),
)


@pytest.fixture(autouse=True)
def _tracks(stores):
    stores.put(*TRACKS)


def rows(database):
    with database.read() as connection:
        return {tuple(row) for row in connection.execute(select(answer))}


def told(answers):
    """Return answers as plain values, by track."""
    columns = (answers.states, answers.points, answers.others, answers.seqs, answers.is_repeat)
    return {
        track_id: [np.asarray(value).tolist() for value in values]
        for track_id, *values in zip(answers.track_ids, *columns, answers.batches, strict=True)
    }


def expected(events):
    """Return the same of a user's latest events."""
    batches = {e.seq: batch for batch, call in enumerate(calls(events)) for e in call}
    found = {}
    for event in events:
        label, point = event.label, event.label.point or (np.nan, np.nan)
        state = RETRACTED if label.is_retraction else CANT_TELL
        state = state if label.quadrant is None else label.quadrant.index
        votes, batch = list(event.others or NO_VOTES), batches[event.seq]
        found[label.track_id] = [
            state, [each + 0.0 for each in point], votes, event.seq, label.is_repeat, batch
        ]  # fmt: skip
    return found


def same(one, other):
    np.testing.assert_equal(one, other)  # NaN equals NaN
    return True


class Acting:
    """A user who does one thing after the other."""

    def __init__(self, log, user_id):
        self.log, self.user_id = log, user_id
        self.ids, self.imported = count(), []

    def label(self, label):
        return Label(str(next(self.ids)), *(getattr(label, n) for n in Label.__slots__[1:]))

    def append(self, labels):
        self.log.append(self.user_id, [self.label(each) for each in labels])

    def restore(self, dated, may_replace):
        self.imported = [
            DatedLabel(self.label(e.label), e.created_at, e.others, e.is_superseded) for e in dated
        ]
        self.log.restore(self.user_id, self.imported, may_replace=may_replace)

    def again(self, may_replace):
        self.log.restore(self.user_id, self.imported, may_replace=may_replace)

    def forget(self):
        self.log.forget(self.user_id)
        self.log.readmit(self.user_id)
        self.imported = []


@given(st.lists(st.tuples(st.sampled_from(USERS), ACTIONS), max_size=8))
@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_answers_are_the_latest_events_whatever_was_done(stores, database, said):
    example = next(EXAMPLES)
    acting = {user: Acting(stores.log, f"{user} {example}") for user in USERS}

    for user, (name, *arguments) in said:
        getattr(acting[user], name)(*arguments)
        events = latest(stores.log.events(acting[user].user_id))
        answers = stores.log.answers(acting[user].user_id)
        assert same(told(answers), expected(events))
        assert answers.track_ids == sorted(answers.track_ids)
        labels = {event.label.track_id: event.label for event in events}
        votes = votes_of([labels[track_id] for track_id in answers.track_ids])
        assert answers.votes.tolist() == votes.tolist()

    kept = rows(database)
    with database.write() as connection:
        rebuild_answers(connection)
    assert rows(database) == kept


def test_answers_are_read_as_they_were_at_an_event(stores):
    stores.log.append("ana", [Label("e1", "t", Q1)])
    then = stores.log.last_seq("ana")
    stores.log.append("ana", [Label("e2", "t", Q2), Label.at_point("e3", "u", 0.5, -0.25)])

    before, now = stores.log.answers("ana", through=then), stores.log.answers("ana")

    assert (before.track_ids, before.states.tolist()) == (["t"], [0])
    assert (now.track_ids, now.states.tolist()) == (["t", "u"], [1, 3])
    assert len(stores.log.answers("ana", through=0)) == 0


def test_an_event_that_leaves_the_answers_as_they_are_is_not_read_from_the_log(stores):
    class Unread(LabelLog):
        def events(self, user_id, *, through=None):
            raise AssertionError(f"the log of {user_id} was read through {through}")

    stores.log.append("ana", [Label("e1", "t", Q1)])
    older = DatedLabel(Label("e0", "t", Q3), datetime(2001, 1, 1, tzinfo=UTC))
    stores.log.restore("ana", [older])
    log = Unread(stores.log._database, FakeClock())

    assert log.answers("ana", through=log.last_seq("ana")).states.tolist() == [0]


def test_a_row_is_short(stores, database):
    stores.log.append("ana", [Label.at_point("e1", "t", -1 / 3, 1 / 7)])

    ((*_, packed),) = rows(database)

    assert len(packed) <= 96


def test_lost_answers_are_made_again(stores, database):
    stores.log.append("ana", [Label("e1", "t", Q1), Label("e2", "u", Q4)])
    stores.log.append("bob", [Label.retraction("e1", "t")])
    before = rows(database)
    with database.write() as connection:
        connection.execute(delete(answer))
        connection.execute(
            answer.insert(), {"user_id": "x", "track_id": "t", "seq": 1, "packed": b""}
        )

        rebuild_answers(connection)

    assert rows(database) == before
    assert len(before) == 3
