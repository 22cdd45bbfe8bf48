"""Query strategies: what they ask, in which order, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.disagreement import (
    consensus_entropy,
    hard_votes,
    mean_divergence,
    member_entropy,
    mutual_information,
    narrowness,
    vote_entropy,
)
from models.errors import EmptyPoolError, QueryError, UnknownStrategyError
from models.query import EPSILON, STRATEGIES, Pool, ask
from models.query.balance import rarity
from models.query.random_query import mixed

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


def test_an_empty_pool_is_refused():
    with pytest.raises(EmptyPoolError, match="no track left to ask about") as refusal:
        Pool([], np.zeros((0, 4)), lambda: np.zeros((5, 0, 4)))

    assert isinstance(refusal.value, QueryError)


def test_a_pool_without_features_says_so_to_who_compares_tracks():
    with pytest.raises(QueryError, match="by their features; this pool was given none"):
        asked("herding", pool(3))


@pytest.mark.parametrize("name", ["", "MC", "eps-", "eps-rand", "balanced-herding", "eps-eps-mc"])
def test_an_unknown_strategy_is_refused_by_name(name):
    with pytest.raises(UnknownStrategyError) as refusal:
        asked(name, pool(3))

    assert str(refusal.value).startswith(
        f"There is no strategy {name!r}; there are mc, hc, mix, rand, entropy, "
    )


def test_the_entropies_of_members_are_what_the_scorers_are_made_of():
    tracks = pool(20)
    proba = tracks.member_proba
    expected = {
        "entropy": member_entropy(proba),
        "kl": mean_divergence(proba),
        "bald": mutual_information(proba),
        "margin": narrowness(proba.mean(axis=0)),
        "least_confident": 1 - proba.mean(axis=0).max(axis=1),
        "vote_entropy": vote_entropy(hard_votes(proba)),
    }

    for name, scores in expected.items():
        questions = asked(name, tracks)
        assert [each.score for each in questions] == scores[places(questions)].tolist()


def test_rand_tells_its_odds():
    questions = asked("rand", pool(4))

    assert [question.propensity for question in questions] == [1 / 4, 1 / 3, 1 / 2, 1]
    assert all(question.is_random for question in questions)


def test_rarity_is_one_on_average_and_falls_with_answers():
    # 1/1, 1/2, 1/4, 1/4 with mean 1/2
    assert rarity(np.array([0.0, 1, 3, 3])) == pytest.approx([2, 1, 0.5, 0.5])


@given(st.lists(st.integers(0, 100), min_size=4, max_size=4))
def test_rarity_ranks_quadrants_by_how_few_answers_they_have(counts):
    rare = rarity(np.array(counts, float))

    assert rare.mean() == pytest.approx(1)
    assert (np.argsort(rare, kind="stable") == np.argsort(-np.array(counts), kind="stable")).all()


def test_balance_asks_about_the_quadrant_that_was_answered_least():
    proba = np.full((3, 4, 4), 0.1) + 0.6 * np.eye(4)
    counts = np.array([5.0, 2, 0, 9])
    tracks = Pool(list("abcd"), np.zeros((4, 4)), lambda: proba, answered=counts)

    order = [question.track_id for question in asked("balanced-mc", tracks)]

    assert order == ["c", "b", "a", "d"]


def test_a_balanced_score_by_hand():
    # Sure of Q2 with .7, whose rarity is 2 where that of the others is 2/3: 1.6; times 1 - .7.
    proba = np.array([[[0.1, 0.7, 0.1, 0.1]]])
    tracks = Pool(["a"], np.zeros((1, 4)), lambda: proba, answered=np.array([2.0, 0, 2, 2]))

    (question,) = asked("balanced-least_confident", tracks)

    assert question.score == pytest.approx(0.3 * (0.7 * 2 + 0.3 * 2 / 3))


def test_a_mixture_without_chance_is_the_strategy():
    tracks = pool(20)

    mixture = mixed(STRATEGIES["mc"], 0.0)(tracks, 5, np.random.default_rng(0))

    assert tracks.track_ids[mixture.places[0]] == asked("mc", tracks)[0].track_id
    assert mixture.scores.tolist() == [question.score for question in asked("mc", tracks, 5)]
    assert mixture.propensity.tolist() == [1] * 5
    assert not mixture.is_random.any()


def test_a_mixture_of_nothing_but_chance_is_chance():
    tracks = pool(4)

    mixture = mixed(STRATEGIES["mc"], 1.0)(tracks, 4, np.random.default_rng(0))

    assert mixture.propensity == pytest.approx([1 / 4, 1 / 3, 1 / 2, 1])
    assert mixture.is_random.all()
    assert mixture.scores.tolist() == [0] * 4


def test_a_mixture_draws_the_share_that_it_says_and_evenly():
    tracks = pool(10)
    drawn = [
        question.track_id
        for seed in range(4_000)
        for question in asked("eps-mc", tracks, 2, seed)
        if question.is_random
    ]

    # Binomial: of 8,000 places .1 are drawn, sd 26.8; of these each track has .1, sd 8.5; five.
    assert len(drawn) == pytest.approx(8_000 * EPSILON, abs=134)
    counts = np.bincount([int(track_id[1:]) for track_id in drawn], minlength=10)
    assert counts == pytest.approx(len(drawn) / 10, abs=43)


def test_what_a_mixture_does_not_draw_is_the_first_that_is_left():
    tracks = pool(10)
    best = [question.track_id for question in asked("mc", tracks)]

    for seed in range(200):
        left = list(best)
        for question in asked("eps-mc", tracks, 4, seed):
            odds = EPSILON / len(left) + (1 - EPSILON) * (question.track_id == left[0])
            assert question.propensity == pytest.approx(odds)
            assert question.is_random or question.track_id == left[0]
            left.remove(question.track_id)
