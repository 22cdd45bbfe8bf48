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
from models.query import EPSILON, Pool, ask
from models.query.scorers import rarity

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


def test_an_empty_pool_is_refused():
    with pytest.raises(EmptyPoolError, match="no track left to ask about") as refusal:
        Pool([], np.zeros((0, 4)), lambda: np.zeros((5, 0, 4)))

    assert isinstance(refusal.value, QueryError)


def test_a_pool_without_features_says_so_to_who_compares_tracks():
    with pytest.raises(QueryError, match="needs features of the tracks, and this pool has none"):
        asked("herding", pool(3))


@pytest.mark.parametrize("name", ["", "MC", "eps-", "eps-rand", "balanced-herding", "eps-eps-mc"])
def test_an_unknown_strategy_is_refused_by_name(name):
    with pytest.raises(UnknownStrategyError) as refusal:
        asked(name, pool(3))

    assert str(refusal.value).startswith(
        f"There is no strategy {name!r}; there are mc, hc, mix, rand, entropy, "
    )


FORMULAS = {
    "mc": lambda tracks: consensus_entropy(tracks.member_proba),
    "hc": lambda tracks: vote_entropy(tracks.votes),
    "mix": lambda tracks: np.maximum(
        consensus_entropy(tracks.member_proba), vote_entropy(tracks.votes)
    ),
    "entropy": lambda tracks: member_entropy(tracks.member_proba),
    "kl": lambda tracks: mean_divergence(tracks.member_proba),
    "bald": lambda tracks: mutual_information(tracks.member_proba),
    "margin": lambda tracks: narrowness(tracks.member_proba.mean(axis=0)),
    "least_confident": lambda tracks: 1 - tracks.member_proba.mean(axis=0).max(axis=1),
    "vote_entropy": lambda tracks: vote_entropy(hard_votes(tracks.member_proba)),
}


@pytest.mark.parametrize(("name", "formula"), FORMULAS.items(), ids=FORMULAS)
@given(tracks=pools())
def test_a_scorer_ranks_by_its_formula(name, formula, tracks):
    questions = asked(name, tracks)

    assert [each.score for each in questions] == formula(tracks)[places(questions)].tolist()


@given(st.lists(st.integers(0, 100), min_size=4, max_size=4))
def test_rarity_is_inversely_proportional_to_the_answers_and_1_on_average(counts):
    rare = rarity(np.array(counts, float))

    assert rare * (1 + np.array(counts)) == pytest.approx(rare[0] * (1 + counts[0]))
    assert rare.mean() == pytest.approx(1)


def test_a_balanced_score_by_hand():
    # Sure of Q2 with .7, whose rarity is 2 where that of the others is 2/3: 1.6; times 1 - .7.
    proba = np.array([[[0.1, 0.7, 0.1, 0.1]]])
    tracks = Pool(["a"], np.zeros((1, 4)), lambda: proba, answered=np.array([2.0, 0, 2, 2]))

    (question,) = asked("balanced-least_confident", tracks)

    assert question.score == pytest.approx(0.3 * (0.7 * 2 + 0.3 * 2 / 3))


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
