"""Entropy of the committee's consensus and of listeners' votes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.disagreement import (
    consensus_entropy,
    hard_votes,
    mean_divergence,
    member_entropy,
    mutual_information,
    narrowness,
    vote_entropy,
)

LN2, LN4 = np.log(2), np.log(4)
SEEDS = st.integers(0, 1_000)

VOTES = hnp.arrays(np.int64, (5, 4), elements=st.integers(0, 50)).map(np.float64)


def member_proba(seed, n_members=6, n_tracks=5):
    return np.random.default_rng(seed).dirichlet(np.ones(4), (n_members, n_tracks))


@given(st.integers(0, 1_000))
def test_the_order_of_members_does_not_matter(seed):
    proba = member_proba(seed)
    order = np.random.default_rng(seed).permutation(len(proba))

    assert consensus_entropy(proba[order]) == pytest.approx(consensus_entropy(proba))


@given(st.integers(0, 1_000))
def test_a_consensus_is_less_certain_than_its_members_on_average(seed):
    proba = member_proba(seed)

    of_members = [consensus_entropy(member[None]) for member in proba]

    # Entropy is concave (Jensen).
    assert (consensus_entropy(proba) >= np.mean(of_members, axis=0) - 1e-12).all()


def test_members_who_are_sure_of_different_quadrants_disagree_the_most():
    sure = np.eye(4)[:, None]

    assert consensus_entropy(sure) == pytest.approx([np.log(4)])
    assert consensus_entropy(sure[[0, 0]]) == [0]


@given(VOTES)
def test_vote_entropy_is_within_its_bounds(votes):
    scores = vote_entropy(votes)

    assert (scores >= 0).all()
    assert (scores <= np.log(4) + 1e-12).all()


@given(VOTES, st.integers(2, 9))
def test_twice_as_many_votes_alike_disagree_alike(votes, times):
    assert vote_entropy(votes * times) == pytest.approx(vote_entropy(votes), abs=1e-12)


def test_votes_disagree_as_far_as_they_are_spread():
    votes = np.array([[0, 0, 0, 0], [3, 0, 0, 0], [2, 2, 0, 0], [1, 1, 1, 1]], float)

    scores = vote_entropy(votes)

    assert scores == pytest.approx([0, 0, np.log(2), np.log(4)])


def two_members(first, second):
    """One track, of which two members say these."""
    return np.array([[first], [second]], float)


def test_a_members_doubt_is_the_mean_of_their_own_entropies():
    # ln 2 and 0
    assert member_entropy(two_members([0.5, 0.5, 0, 0], [1, 0, 0, 0])) == pytest.approx([LN2 / 2])


def test_what_members_would_tell_apart_is_entropy_less_their_own():
    # Consensus (3/4, 1/4): entropy 2 ln 2 - 3/4 ln 3; their own ln 2 / 2.
    proba = two_members([0.5, 0.5, 0, 0], [1, 0, 0, 0])

    assert mutual_information(proba) == pytest.approx([1.5 * LN2 - 0.75 * np.log(3)])


def test_divergence_from_the_consensus_by_hand():
    # From (3/4, 1/4): of (1/2, 1/2) ln 2/3 / 2 + ln 2 / 2, of (1, 0) ln 4/3; the mean of both.
    proba = two_members([0.5, 0.5, 0, 0], [1, 0, 0, 0])
    expected = (0.5 * np.log(2 / 3) + 0.5 * np.log(2) + np.log(4 / 3)) / 2

    assert mean_divergence(proba) == pytest.approx([expected])


@pytest.mark.parametrize("score", [mutual_information, mean_divergence])
def test_members_who_all_say_the_same_have_nothing_to_tell_apart(score):
    for said in ([0.25] * 4, [1, 0, 0, 0], [0.7, 0.1, 0.1, 0.1]):
        assert score(two_members(said, said)) == pytest.approx([0], abs=1e-15)


@pytest.mark.parametrize("score", [mutual_information, mean_divergence])
def test_members_sure_of_all_four_quadrants_have_the_most_to_tell_apart(score):
    assert score(np.eye(4)[:, None]) == pytest.approx([LN4])


@given(SEEDS, st.integers(1, 9), st.floats(0.01, 3))
def test_doubt_is_of_the_track_and_of_the_members(seed, n_members, concentration):
    proba = np.random.default_rng(seed).dirichlet(np.full(4, concentration), (n_members, 5))

    shared, own = mutual_information(proba), member_entropy(proba)

    assert (shared >= 0).all()
    assert (own >= 0).all()
    assert (shared <= np.log(min(n_members, 4)) + 1e-12).all()
    assert (own <= LN4 + 1e-12).all()
    assert shared + own == pytest.approx(consensus_entropy(proba))


@given(SEEDS, st.floats(0.01, 3))
def test_mean_divergence_and_mutual_information_are_one_number(seed, concentration):
    proba = np.random.default_rng(seed).dirichlet(np.full(4, concentration), (6, 5))

    assert mean_divergence(proba) == pytest.approx(mutual_information(proba), abs=1e-9)


def test_divergence_bears_certainty_and_numbers_next_to_nothing():
    tiny = np.nextafter(0, 1)
    proba = np.array([[[1, 0, 0, 0]], [[1 - tiny, tiny, 0, 0]], [[0, 0, 0, 1]]])

    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(mean_divergence(proba)).all()


def test_a_narrow_margin_scores_high():
    proba = np.array([[0.25] * 4, [0.1, 0.6, 0.1, 0.2], [0, 0, 1, 0], [0.5, 0, 0, 0.5]])

    assert narrowness(proba) == pytest.approx([1, 0.6, 0, 1])


@given(SEEDS)
def test_narrowness_is_within_its_bounds(seed):
    scores = narrowness(member_proba(seed)[0])

    assert (scores >= 0).all()
    assert (scores <= 1).all()


def test_members_vote_for_what_they_find_likeliest():
    proba = np.array([[[0.4, 0.3, 0.2, 0.1]], [[0.1, 0.2, 0.3, 0.4]], [[0.7, 0.1, 0.1, 0.1]]])

    assert hard_votes(proba).tolist() == [[2, 0, 0, 1]]


def test_a_member_that_cannot_decide_splits_its_vote():
    assert hard_votes(np.array([[[0.4, 0.1, 0.4, 0.1]]])).tolist() == [[0.5, 0, 0.5, 0]]


@given(SEEDS, st.integers(1, 9))
def test_every_member_has_one_vote(seed, n_members):
    proba = member_proba(seed, n_members).round(1)

    assert hard_votes(proba).sum(axis=1) == pytest.approx(n_members)


def test_vote_entropy_of_members_by_hand():
    # Three of four for one quadrant.
    proba = np.eye(4)[[0, 0, 0, 2]][:, None] * 0.6 + 0.1

    expected = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert vote_entropy(hard_votes(proba)) == pytest.approx([expected])
