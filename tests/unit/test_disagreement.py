"""Entropy of the committee's consensus and of listeners' votes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.disagreement import consensus_entropy, vote_entropy

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
