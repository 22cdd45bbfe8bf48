"""Personal models: functions of the log, in whole calls, kept as a cache."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cachetools import LRUCache
from hypothesis import given, settings
from hypothesis import strategies as st

from models.emotion import QUADRANTS, SIGNS, Quadrant
from models.personal import Answer, CommitteePersonaliser, LogisticPersonaliser
from models.track import TrackSummary
from service.api.users.users import forget_user, show_user
from service.db.answers import answers_of
from service.db.counts import UsageCounts
from service.db.label_log import LabelLog
from service.db.personal_models import ModelKey
from service.errors import StoreUnavailableError, UserNotFoundError
from service.labels import DatedLabel, Label, effective
from tests.fakes import standing_votes
from tests.small_service import SmallService, answers

Q1, Q2, Q3, Q4 = Quadrant
TRACKS = [f"t{i}" for i in range(4)]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LABELS = st.builds(
    Label, st.uuids().map(str), st.sampled_from(TRACKS), st.sampled_from([*QUADRANTS, None])
)
CALLS = st.lists(st.lists(LABELS, min_size=1, max_size=4), max_size=5)


@pytest.fixture(name="house")
def _house():
    return house_of("committee-newest")


def house_of(personaliser):
    house = SmallService().learning(personaliser)
    house.put(*TRACKS)
    return house


def blob(listener):
    return None if listener.model is None else listener.model.to_bytes()


def batches(house, user_id):
    """Which answers the personaliser learns together, by track."""
    noted = []

    class Noting(CommitteePersonaliser):
        def fit(self, answers):
            noted[:] = answers
            return super().fit(answers)

    noting = Noting(house.snapshot.committees, "committee-newest")
    replace(house.listeners, personaliser=noting).advance(user_id)
    return {answer.track.track_id: answer.batch for answer in noted}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([answers(("t2", Q1), ("t0", Q2)), [Label("c", "t1", Q3)]], {"t2": 0, "t0": 0, "t1": 1}),
        (
            [
                answers(("t0", Q1), ("t1", Q2), ("t2", Q2)),
                [Label("c", "t3", Q3)],
                [Label("d", "t0", Q4), Label.retraction("e", "t2")],
            ],
            {"t1": 0, "t3": 1, "t0": 2},
        ),
        (
            [
                [Label("a", "t0", Q1)],
                [Label("b", "t1", Q1)],
                [Label("a", "t0", Q1), Label("c", "t2", Q1)],
            ],
            {"t0": 0, "t1": 1, "t2": 2},
        ),
    ],
    ids=["calls", "a correction and a retraction", "a label sent again"],
)
def test_answers_of_one_call_are_one_batch(house, said, expected):
    for call in said:
        house.log.append("ana", call)
        house.log.append("bob", [Label(f"b{len(call)}", "t0", Q2)])

    assert batches(house, "ana") == expected


def test_a_clock_that_was_set_back_moves_no_call_before_another(house):
    house.tell("ana", Label("a", "t0", Q1))
    house.tell("ana", Label("b", "t1", Q2), Label("c", "t2", Q2))
    events = list(house.log.events("ana"))
    back = [replace(events[0], created_at=events[1].created_at.replace(year=2030)), *events[1:]]

    answered = answers_of(back)

    assert answered.track_ids == ["t0", "t1", "t2"]
    assert answered.batches.tolist() == [0, 1, 1]
    assert answers_of([]).batches.tolist() == []


@given(
    CALLS,
    st.lists(
        st.sampled_from([SmallService.users_with_models, SmallService.drop_models]),
        min_size=5,
        max_size=5,
    ),
)
@settings(deadline=None, max_examples=25)
def test_a_model_is_its_log_whatever_was_repeated_or_lost(said, losses):
    house = house_of("committee")
    for call, lose in zip(said, losses, strict=False):
        house.tell("ana", *call)
        house.tell("ana", *call)
        lose(house)
        house = house.restarted()
    afresh = house_of("committee")
    afresh.log.append("ana", [event.label for event in effective(house.log.events("ana"))])

    known, told = house.listeners.current("ana"), afresh.listeners.current("ana")

    assert (known.n_labels, blob(known)) == (told.n_labels, blob(told))


@given(CALLS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=15)
def test_a_replay_gives_the_same_model_whatever_the_order_within_a_call(said, random):
    house, afresh = house_of("committee-newest"), house_of("committee-newest")
    for call in said:
        # Of two answers about one track in one call the later one counts: their order matters.
        apart = list({label.track_id: label for label in call}.values())
        house.tell("ana", *apart)
        random.shuffle(apart)
        afresh.log.append("ana", apart)
    known = blob(house.listeners.current("ana"))

    stored = house.restarted().learning("committee-newest").listeners.current("ana")

    assert blob(stored) == known
    assert blob(afresh.listeners.current("ana")) == known


def test_what_is_learnt_newest_depends_on_which_answers_came_together(house):
    once, twice = answers(("t0", Q1), ("t1", Q3)), answers(("t0", Q1), ("t1", Q3))

    together = house.tell("ana", *once).listener
    house.tell("bob", twice[0])
    apart = house.tell("bob", twice[1]).listener

    assert blob(together) != blob(apart)


def test_reading_stores_no_model(house):
    house.log.append("ana", [Label("e1", "t0", Q1)])

    first, second = house.listeners.current("ana"), house.listeners.current("ana")

    assert first is second
    assert house.users_with_models() == set()


def test_an_answer_about_an_unjudged_track_is_learnt_once_the_track_is_put_again(house):
    house.tell("ana", *answers(("t0", Q1), ("t1", Q2)))
    house.drop_models()
    house.make_unjudged("t0")
    house = house.restarted()

    with_a_gap = house.listeners.current("ana")
    house.put("t0")
    whole = house.listeners.current("ana")

    assert (with_a_gap.n_labels, with_a_gap.model.n_labels) == (2, 1)
    assert (whole.n_labels, whole.model.n_labels) == (2, 2)


def test_a_model_that_cannot_be_stored_is_returned_all_the_same(house):
    class Full:
        def put(self, key, blob):
            raise StoreUnavailableError(f"No room for {len(blob)} bytes of {key.user_id}.")

    house.tell("ana", Label("a", "t0", Q1))
    told = blob(house.listeners.advance("ana"))

    assert blob(replace(house.listeners, model_store=Full()).advance("ana")) == told


def test_a_forgotten_user_is_gone_with_all_that_was_derived(house):
    house.tell("ana", *answers(("t0", Q1), ("t1", Q2)))
    house.tell("bob", Label("x", "t0", Q2))
    last = house.log.last_seq("ana")

    forget_user("ana", log=house.log, listeners=house.listeners)

    with pytest.raises(UserNotFoundError):
        show_user("ana", usage_counts=UsageCounts(house.database), listeners=house.listeners)
    assert house.listeners.current("ana").model is None
    assert house.listeners.recent.get(ModelKey("ana", "v1", "committee-newest", last)) is None
    assert house.users_with_models() == {"bob"}
    assert standing_votes(house.log) == {"t0": (0, 1, 0, 0)}


@pytest.fixture(name="impatient")
def _impatient():
    """Has threads take turns as often as they can."""
    kept = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(kept)


@pytest.mark.usefixtures("impatient")
def test_several_threads_may_ask_for_users_and_forget_them(house):
    users = ["ana", "bob", "cy", "di", "eve"]  # more than are remembered
    for user_id in users:
        house.tell(user_id, *answers(("t0", Q1)))

    def work(start):
        for n in range(start, start + 50):
            house.listeners.current(users[n % len(users)])
            house.listeners.forget(users[(n + 2) % len(users)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert len(house.listeners.recent) <= house.listeners.recent.maxsize


class OneWay:
    """A catalogue whose answered tracks may be read in one way alone."""

    def __init__(self, catalogue, way):
        self._catalogue = catalogue
        self._way = way

    def __getattr__(self, name):
        if name in {"learnt_from", "summaries"} and name != self._way:
            raise AssertionError(f"{name} was read.")
        return getattr(self._catalogue, name)


@pytest.mark.parametrize(
    ("name", "way"), [("logistic", "summaries"), ("committee", "learnt_from")]
)
def test_no_more_is_read_than_the_personaliser_needs(name, way):
    house = house_of(name)
    house.log.append("ana", answers(*((track_id, Q3) for track_id in TRACKS)))
    listeners = replace(house.listeners, catalogue=OneWay(house.catalogue, way))

    assert listeners.advance("ana").n_labels == len(TRACKS)


def test_outlines_teach_what_tracks_teach_to_the_bit(house):
    personaliser = LogisticPersonaliser(house.snapshot.listener_model)
    tracks, outlines = (
        [Answer(track, Q3) for track in read(TRACKS).values()]
        for read in (house.catalogue.learnt_from, house.catalogue.summaries)
    )

    whole, brief = personaliser.fit(tracks), personaliser.fit(outlines)

    assert whole.is_used
    assert brief.to_bytes() == whole.to_bytes()


def test_a_committee_refuses_outlines(house):
    outline = TrackSummary("t0", house.catalogue.summaries(["t0"])["t0"].sketch)

    with pytest.raises(TypeError, match="'t0' is a summary"):
        house.listeners.personaliser.fit([Answer(outline, Q1)])


class Unready:
    """Files of track features that are being made."""

    def current(self):
        raise StoreUnavailableError("They are not ready.")


@given(
    st.lists(
        st.tuples(st.sampled_from([*TRACKS, "hidden", "gone"]), st.sampled_from(QUADRANTS)),
        min_size=1,
        max_size=8,
    )
)
@settings(deadline=None, max_examples=15)
def test_files_and_the_database_teach_the_same_to_the_bit(said):
    house = house_of("logistic")
    house.put("hidden")
    labels = [
        Label.at_point(f"e{i}", track_id, *(SIGNS[q.index] / (i + 2)))
        if i % 2
        else Label(f"e{i}", track_id, q)
        for i, (track_id, q) in enumerate(said)
    ]
    house.log.restore("ana", [DatedLabel(label, NOW) for label in labels])
    house.catalogue.hide("hidden")
    models = [
        replace(house.listeners, track_features=store, recent=LRUCache(1)).current("ana")
        for store in (house.track_features, Unready(), None)
    ]
    house.drop_models()
    replayed = replace(house.restarted().learning("logistic").listeners).advance("ana")

    first, *others = [blob(each) for each in [*models, replayed]]
    assert others == [first] * 3
    assert {each.n_labels for each in [*models, replayed]} == {len({t for t, _ in said})}


def test_an_update_reads_no_event_and_no_answered_track_one_by_one(monkeypatch):
    house = house_of("logistic")
    house.tell("ana", *answers(("t0", Q1), ("t1", Q2), ("t2", Q3)))
    read = []

    def noting(track_ids):
        read.append(list(track_ids))
        return summaries(track_ids)

    summaries = house.catalogue.summaries
    monkeypatch.setattr(house.catalogue, "summaries", noting)
    monkeypatch.delattr(LabelLog, "events")

    assert house.tell("ana", Label("new", "t3", Q4)).listener.n_labels == 4
    assert read == [["t3"], []]  # of the forecast; all learnt tracks are in the files
