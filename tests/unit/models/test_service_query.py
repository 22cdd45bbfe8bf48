"""Query: what a user may be asked, and what others' answers have to do with it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from models.catalogue_pool import TrackTable, feature_matrix
from models.emotion import QUADRANTS, Quadrant
from models.errors import EmptyPoolError, NoLogisticModelError
from models.personal import LogisticPersonaliser, PersonalLogistic
from models.query import SCANNED, STRATEGIES, is_personal, large_pool
from service.api.query import questions as queries
from service.api.query.pools import PoolSources
from service.api.query.questions import DEFAULT, DEFAULT_LOGISTIC, QueryRequest, query
from service.labels import Label
from service.tracks import Content, TrackMetadata
from tests.fakes import features
from tests.small_service import SmallService, answers

Q1, Q2, Q3, Q4 = Quadrant
TRACKS = [f"t{i}" for i in range(6)]
SAID = st.lists(
    st.tuples(
        st.sampled_from(["ana", "bob", "cy"]),
        st.sampled_from(TRACKS[1:]),  # one is always open
        st.sampled_from([*QUADRANTS, None, "cannot tell"]),
    ),
    max_size=20,
)


REPEATS_NONE = {"repeat_share": 0.0}


class Untouchable:
    """What must not be looked at."""

    def __getattr__(self, name):
        raise AssertionError(f"{name} was looked at.")


def house_of(personaliser) -> SmallService:
    house = SmallService().learning(personaliser)
    house.put(*TRACKS)
    return house


@pytest.fixture(name="house")
def _house() -> SmallService:
    return house_of("logistic")


def sources_of(house, *, may_read=True):
    """The sources of a pool; without *may_read* nobody may look at the catalogue."""
    catalogue = house.catalogue if may_read else Untouchable()
    return PoolSources(catalogue, house.track_features, house.votes)


def reads_catalogue(house, strategy):
    """Whether a strategy needs members or features of tracks."""
    plain = strategy.removeprefix("eps-").removeprefix("balanced-")
    if isinstance(house.listeners.personaliser, LogisticPersonaliser):
        return not is_personal(strategy) and plain not in SCANNED
    return strategy.removeprefix("eps-") not in {"rand", "hc"}


def questions(house, sources, *, n=10, seed=0, **asked):
    return query(
        QueryRequest("ana", n, **asked),
        sources=sources,
        log=house.log,
        listeners=house.listeners,
        rng=np.random.default_rng(seed),
    )


def ask(house, *, strategy="mc", **asked):
    sources = sources_of(house, may_read=reads_catalogue(house, strategy))
    return questions(house, sources, strategy=strategy, **asked).tracks


def label_of(event_id, track_id, answer):
    quadrant = answer if isinstance(answer, Quadrant) else None
    return Label(event_id, track_id, quadrant, cant_tell=answer == "cannot tell")


def ids(questions):
    return [question.track_id for question in questions]


ASKED = [
    *(("logistic", strategy) for strategy in STRATEGIES),
    *(("committee", strategy) for strategy in STRATEGIES if not is_personal(strategy)),
]
"""Personalisers, each with every strategy that goes with it."""


@pytest.mark.parametrize(("personaliser", "strategy"), ASKED)
def test_every_open_track_is_asked_about_once(personaliser, strategy):
    house = house_of(personaliser)
    house.tell("ana", *answers(("t0", Q1), ("t3", Q2)))

    asked = ids(ask(house, strategy=strategy, exclude=["t1", "never heard of"]))

    assert sorted(asked) == ["t2", "t4", "t5"]


def test_tracks_join_and_leave_the_pool(house):
    ask(house)
    house.catalogue.hide("t0")
    house.put("new")

    assert sorted(ids(ask(house))) == ["new", *TRACKS[1:]]


@pytest.mark.parametrize("strategy", ["hc", "newcomer"])
@given(said=SAID)
@settings(deadline=None, max_examples=12)
def test_a_users_own_votes_do_not_count(strategy, said):
    house, without = house_of("logistic"), house_of("logistic")
    for number, (user_id, track_id, quadrant) in enumerate(said):
        house.log.append(user_id, [label_of(f"e{number}", track_id, quadrant)])
    others = [(n, s) for n, s in enumerate(said) if s[0] != "ana"]
    for number, (user_id, track_id, quadrant) in others:
        without.log.append(user_id, [label_of(f"e{number}", track_id, quadrant)])
    last = {track_id: quadrant for user_id, track_id, quadrant in said if user_id == "ana"}
    settled = {track_id for track_id, quadrant in last.items() if quadrant is not None}

    mine = ask(house, strategy=strategy)

    hers_out = ask(without, strategy=strategy, exclude=settled)
    assert {q.track_id: q.score for q in mine} == {q.track_id: q.score for q in hers_out}


def seen(house, strategy="mc", **asked):
    pools, plain = [], STRATEGIES[strategy]

    def look(pool, n, rng):
        pools.append(pool)
        return plain(pool, n, rng)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STRATEGIES, strategy, look)
        ask(house, strategy=strategy, **asked)
    return pools[0]


def test_the_model_sees_the_open_tracks_and_what_others_said_of_them(house):
    house.tell("bob", *answers(("t1", Q1), ("t3", Q4), ("t5", Q2)))
    house.tell("cy", *answers(("t5", Q2)))
    house.tell("ana", *answers(("t1", Q1), ("t4", Q2)))
    house.put("t0")  # is last now, and so are its sketch and its revision

    pool = seen(house, "taste", exclude=["t2", "never heard of"])

    ids = pool.ids_at(pool.places)
    assert sorted(ids) == ["t0", "t3", "t5"]
    said = {"t0": [0, 0, 0, 0], "t3": [0, 0, 0, 1], "t5": [0, 2, 0, 0]}
    every = pool.places
    votes = pool.personal_scores.votes_at(every)
    assert votes.tolist() == [said[track_id] for track_id in ids]
    tracks = house.catalogue.learnt_from(TRACKS)
    rows = np.stack([tracks[track_id].population_prediction.sketch for track_id in ids])
    model = house.listeners.current("ana").model
    assert pool.personal_scores.model is model
    assert pool.personal_scores.proba_at(every) == pytest.approx(model.proba(rows, votes))
    answered = {
        tuple(row)
        for row in pool.personal_scores.track_features[pool.personal_scores.answered].tolist()
    }
    assert answered == {
        tuple(tracks[each].population_prediction.sketch.tolist()) for each in ("t1", "t4")
    }
    assert pool.answered.tolist() == [1, 1, 0, 0]


def test_the_model_sees_others_votes_on_an_answered_track_as_they_were_then(house):
    house.tell("bob", *answers(("t1", Q1)))
    house.tell("ana", *answers(("t1", Q3), ("t2", Q3)))
    house.tell("cy", *answers(("t1", Q2), ("t2", Q2)))

    placement = seen(house, "taste").personal_scores

    frozen = {event.label.track_id: event.others for event in house.log.events("ana")}
    assert frozen == {"t1": (1, 0, 0, 0), "t2": None}
    tracks = house.catalogue.learnt_from(TRACKS)
    rows = placement.track_features[placement.answered].tolist()
    assert rows == [tracks[each].population_prediction.sketch.tolist() for each in frozen]
    assert placement.answered_votes.tolist() == [[1, 0, 0, 0], [0, 0, 0, 0]]


def test_the_model_does_not_see_an_answered_track_that_is_gone(house):
    house.tell("ana", *answers(("t1", Q1), ("t4", Q2)))
    house.catalogue.hide("t4")

    pool = seen(house, "taste")

    assert len(pool.personal_scores.answered) == 1
    assert pool.answered.sum() == 2
    assert pool.n_tracks == 4


def test_without_a_name_the_strategy_is_that_of_the_personaliser(house):
    asked = questions(house, sources_of(house))
    by_committee = questions(of_committees := house_of("committee"), sources_of(of_committees))

    assert asked.strategy == DEFAULT_LOGISTIC
    assert asked.tracks == ask(house, strategy=DEFAULT_LOGISTIC)
    assert by_committee.strategy == DEFAULT
    assert by_committee.tracks == ask(of_committees, strategy=DEFAULT)
    assert isinstance(house.listeners.current("ana").model, PersonalLogistic)


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if is_personal(name)])
def test_what_goes_by_the_logistic_model_is_refused_where_there_is_none(strategy):
    house = house_of("committee")

    with pytest.raises(NoLogisticModelError, match="needs the personaliser 'logistic'"):
        questions(
            house, PoolSources(Untouchable(), Untouchable(), Untouchable()), strategy=strategy
        )


def test_a_strategy_sees_what_the_open_tracks_are_like(house):
    house.tell("ana", *answers(("t1", Q1), ("t4", Q2)))
    house.tell("bob", *answers(("t1", Q1), ("t3", Q4)))

    pool = seen(house, "herding", exclude=["t2"])
    places, part = pool.sample(1, np.random.default_rng(0))

    assert part.track_ids == ("t0", "t3", "t5")
    assert pool.ids_at(places) == list(part.track_ids)
    tracks = TrackTable(house.catalogue.learnt_from(TRACKS))
    expected = feature_matrix(tracks, house.snapshot.committees)
    assert np.array_equal(part.features, expected[[0, 3, 5]], equal_nan=True)
    assert np.array_equal(part.answered_features, expected[[1, 4]], equal_nan=True)
    assert part.answered.tolist() == [1, 1, 0, 0]
    assert part.votes.tolist() == [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]


def test_answered_tracks_of_another_modality_are_compared_too(house):
    house.catalogue.put("read", features(audio=False), Content(None, "read"), TrackMetadata())
    house.tell("ana", *answers(*((track_id, Q1) for track_id in TRACKS)))
    house.catalogue.put(
        "more", features(seed=1, audio=False), Content(None, "more"), TrackMetadata()
    )

    assert sorted(ids(ask(house, strategy="herding"))) == ["more", "read"]


def test_a_strategy_sees_how_often_each_quadrant_was_answered(house):
    house.tell("bob", *answers(("t0", Q4), ("t1", Q4)))
    house.tell("ana", *answers(("t0", Q1), ("t1", Q3), ("t2", Q3)))
    house.tell("ana", Label("later", "t0", Q3), Label.retraction("back", "t2"))

    assert seen(house).answered.tolist() == [0, 0, 2, 0]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"exclude": TRACKS}, None),
        ({"exclude": TRACKS, "strategy": "taste"}, None),
        ({"exclude": TRACKS, "repeat_share": 1.0}, None),
        ({"playable_only": True}, r"can be played; `playable` leaves out 6 "),
        (
            {"playable_only": True, "strategy": "newcomer"},
            r"can be played; `playable` leaves out 6 ",
        ),
    ],
)
def test_nothing_left_to_ask_is_said_so(house, asked, message):
    with pytest.raises(EmptyPoolError, match=message):
        ask(house, **asked)
    with pytest.raises(EmptyPoolError):
        ask(SmallService().learning("logistic"), **asked)


BOTH = pytest.mark.parametrize("strategy", ["mc", "newcomer"])


@pytest.fixture(name="answered")
def _answered(house):
    """A house of which ana has answered ten tracks, of sixteen."""
    house.put(*(f"old{i}" for i in range(10)))
    house.tell("ana", *answers(*((f"old{i}", Q1) for i in range(10))))
    return house


@BOTH
def test_repeats_are_answered_tracks_that_are_there_and_may_be_asked_about(answered, strategy):
    answered.catalogue.hide("old1")

    asked = ask(answered, strategy=strategy, n=8, repeat_share=1.0, exclude=["old2"])

    assert [question.is_repeat for question in asked] == [True] * 3 + [False] * 5
    assert {question.track_id for question in asked[:3]} == {"old0", "old3", "old4"}
    assert {question.track_id for question in asked[3:]} <= set(TRACKS)
    assert [question.propensity for question in asked[:3]] == [1 / 3, 1 / 2, 1]


def test_without_a_share_nothing_repeats_and_the_generator_draws_as_ever(answered):
    first, second = (ask(answered, strategy="rand", seed=3, **more) for more in ({}, REPEATS_NONE))

    assert first == second
    assert not any(question.is_repeat for question in first)


def with_address(house, *track_ids):
    for track_id in track_ids:
        record = house.catalogue.get(track_id)
        track_metadata = replace(
            record.track_metadata, audio_url=f"https://music.test/{track_id}.mp3"
        )
        house.catalogue.retitle(track_id, record.content, track_metadata)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("n", [1, 10])
def test_only_tracks_that_can_be_heard_are_asked_about(house, strategy, n):
    with_address(house, "t1", "t4", "t5")
    house.tell("ana", Label("e1", "t5", Q1))

    asked = ask(house, strategy=strategy, n=n, playable_only=True)

    assert len(asked) == min(n, 2)
    assert set(ids(asked)) <= {"t1", "t4"}
    assert {question.propensity for question in asked} == {None}


@BOTH
def test_one_track_that_can_be_heard_is_found_among_many(house, strategy):
    house.put(*(f"more{i}" for i in range(60)))
    with_address(house, "more59")

    assert ids(ask(house, strategy=strategy, n=1, playable_only=True)) == ["more59"]


@BOTH
def test_repeats_can_be_heard_too(answered, strategy):
    with_address(answered, "old1", "old3", "t2")

    asked = ask(answered, strategy=strategy, n=5, repeat_share=1.0, playable_only=True)

    assert [(each.track_id, each.is_repeat) for each in asked[2:]] == [("t2", False)]
    assert {(each.track_id, each.is_repeat) for each in asked[:2]} == {
        ("old1", True),
        ("old3", True),
    }


def test_of_many_labelled_tracks_some_are_looked_up_to_find_one_to_hear_again(
    answered, monkeypatch
):
    monkeypatch.setattr(queries, "MOST_REPEATABLE", 2)
    with_address(answered, *TRACKS, *(f"old{i}" for i in range(5)))
    looked_up, playable = [], answered.catalogue.playable
    monkeypatch.setattr(
        answered.catalogue, "playable", lambda ids: looked_up.append(len(ids)) or playable(ids)
    )

    asked = ask(answered, strategy="rand", n=5, repeat_share=1.0, playable_only=True)

    repeats = [question for question in asked if question.is_repeat]
    assert looked_up[0] == 2
    assert {question.propensity for question in repeats} == {None}


def rows_fetched(database, work):
    """How many rows of the table ``track`` a piece of work fetches."""
    engine, counts = database._engine, [0]

    def count(*call):
        _, cursor, statement, *_ = call
        if "FROM track" in statement.replace("\n", " ") and "track_votes" not in statement:
            cursor.row_factory = lambda _, row: counts.__setitem__(0, counts[0] + 1) or row

    event.listen(engine, "before_cursor_execute", count)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return counts[0]


@pytest.mark.parametrize(("personaliser", "strategy"), ASKED)
def test_a_query_reads_no_more_tracks_than_its_sample(personaliser, strategy, monkeypatch):
    monkeypatch.setattr(large_pool, "SAMPLE_TRACKS", 8)
    house = house_of(personaliser)
    house.put(*(f"more{number}" for number in range(30)))
    house.tell("ana", *answers(("t0", Q1), ("t3", Q2)))
    house.track_features.current()
    house.listeners.current("ana")

    n = rows_fetched(
        house.database,
        lambda: questions(house, sources_of(house), n=3, strategy=strategy),
    )

    compares = strategy.split("-")[-1] in {"herding", "uherding", "typiclust", "density"}
    is_read = reads_catalogue(house, strategy)
    # Features are read together with those of the two answered tracks.
    assert n == (0 if not is_read else 8 + 2 * compares)


@pytest.mark.parametrize("n_checked", [20, 66])
def test_of_a_large_pool_some_tracks_are_looked_up_to_find_one_to_hear(
    house, monkeypatch, n_checked
):
    monkeypatch.setattr(queries, "MOST_CHECKED", n_checked)
    house.put(*(f"more{number}" for number in range(60)))

    with pytest.raises(EmptyPoolError, match=f"{n_checked} (of the 66 )?tracks"):
        ask(house, strategy="rand", n=1, playable_only=True)
