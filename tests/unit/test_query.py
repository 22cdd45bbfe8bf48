"""Query strategies: what they ask, in which order, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.disagreement import consensus_entropy, vote_entropy
from models.errors import EmptyPoolError, QueryError, UnknownStrategyError
from models.query import STRATEGIES, Pool, ask

MANY = 10_000


@st.composite
def pools(draw):
    n_tracks, seed = draw(st.integers(1, 30)), draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    votes = rng.integers(0, draw(st.integers(1, 4)), (n_tracks, 4)).astype(float)
    return pool(n_tracks, seed=seed, votes=votes)


def pool(n_tracks, *, seed=0, votes=None):
    proba = np.random.default_rng(seed).dirichlet(np.ones(4), (5, n_tracks))
    track_ids = [f"t{place}" for place in range(n_tracks)]
    none = np.zeros((n_tracks, 4))
    return Pool(track_ids, none if votes is None else votes, lambda: proba)


def asked(name, tracks, n=MANY, seed=0):
    return ask(name, tracks, n, np.random.default_rng(seed))


def places(questions):
    return [int(question.track_id[1:]) for question in questions]


@given(tracks=pools(), n=st.integers(0, 40), name=st.sampled_from(list(STRATEGIES)))
def test_no_track_twice_and_no_more_than_were_asked_for(tracks, n, name):
    questions = asked(name, tracks, n)

    track_ids = [question.track_id for question in questions]
    assert len(track_ids) == len(set(track_ids)) == min(n, len(tracks.track_ids))
    assert set(track_ids) <= set(tracks.track_ids)


@given(tracks=pools(), name=st.sampled_from(list(STRATEGIES)))
def test_the_highest_score_comes_first(tracks, name):
    scores = [question.score for question in asked(name, tracks)]

    assert scores == sorted(scores, reverse=True)


@given(tracks=pools(), n=st.integers(1, 30), name=st.sampled_from(list(STRATEGIES)))
def test_fewer_are_the_first_of_more(tracks, n, name):
    assert asked(name, tracks, n) == asked(name, tracks)[:n]


@given(tracks=pools(), name=st.sampled_from(list(STRATEGIES)), seed=st.integers(0, 99))
def test_one_seed_gives_one_answer(tracks, name, seed):
    assert asked(name, tracks, seed=seed) == asked(name, tracks, seed=seed)


@given(pools())
def test_mc_ranks_by_the_entropy_of_the_consensus(tracks):
    questions = asked("mc", tracks)

    expected = consensus_entropy(tracks.member_proba)[places(questions)]
    assert [question.score for question in questions] == expected.tolist()


@given(pools())
def test_hc_ranks_by_the_entropy_of_the_votes(tracks):
    questions = asked("hc", tracks)

    expected = vote_entropy(tracks.votes)[places(questions)]
    assert [question.score for question in questions] == expected.tolist()


@given(pools())
def test_mix_ranks_by_the_higher_of_the_two(tracks):
    questions = asked("mix", tracks)

    machines, humans = consensus_entropy(tracks.member_proba), vote_entropy(tracks.votes)
    for place, question in zip(places(questions), questions, strict=True):
        assert question.score == max(machines[place], humans[place])


@given(pools())
def test_mix_is_the_papers_ranking_without_second_mentions(tracks):
    # The paper stacks the rows of both consensuses and reads the entropies from the highest down.
    stacked = [
        (score, place) for place, score in enumerate(consensus_entropy(tracks.member_proba))
    ]
    stacked += [(score, place) for place, score in enumerate(vote_entropy(tracks.votes))]
    ranking = dict.fromkeys(place for _, place in sorted(stacked, reverse=True))

    questions = asked("mix", tracks)

    scores = dict(zip(places(questions), (question.score for question in questions), strict=True))
    assert [scores[place] for place in ranking] == [question.score for question in questions]


def test_hc_without_votes_asks_at_random_and_not_in_the_pools_order():
    tracks = pool(40)

    orders = {tuple(places(asked("hc", tracks, 5, seed))) for seed in range(20)}

    assert len(orders) == 20
    assert asked("hc", tracks, 5, seed=3) == asked("hc", tracks, 5, seed=3)


@pytest.mark.parametrize("name", ["hc", "rand"])
def test_at_random_every_track_is_asked_as_often(name):
    tracks = pool(5)

    first = [places(asked(name, tracks, 1, seed))[0] for seed in range(2_000)]

    # Binomial with p = 1/5: 400 expected, sd sqrt(2000 * .2 * .8) = 17.9; five of them.
    assert np.bincount(first) == pytest.approx(400, abs=90)


@pytest.mark.parametrize("name", ["hc", "rand"])
def test_strategies_that_need_no_machine_do_not_wait_for_one(name):
    def refuse():
        raise AssertionError("The members were asked.")

    questions = asked(name, Pool(["t0", "t1"], np.zeros((2, 4)), refuse))

    assert len(questions) == 2


def test_the_members_are_asked_once():
    proba = pool(3).member_proba
    calls = iter([proba])
    tracks = Pool(["t0", "t1", "t2"], np.zeros((3, 4)), lambda: next(calls))

    assert asked("mc", tracks) == asked("mc", tracks)


def test_an_empty_pool_is_refused():
    with pytest.raises(EmptyPoolError, match="no track left to ask about") as refusal:
        Pool([], np.zeros((0, 4)), lambda: np.zeros((5, 0, 4)))

    assert isinstance(refusal.value, QueryError)


@pytest.mark.parametrize("name", ["", "MC", "entropy"])
def test_an_unknown_strategy_is_refused_by_name(name):
    with pytest.raises(UnknownStrategyError) as refusal:
        asked(name, pool(3))

    assert str(refusal.value) == f"There is no strategy {name!r}; there are mc, hc, mix, rand."
