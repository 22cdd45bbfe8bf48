"""Entropy of the committee's consensus and of listeners' votes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import entropy

from models.disagreement import (
    consensus_entropy,
    hard_votes,
    mean_divergence,
    member_entropy,
    mutual_information,
    narrowness,
    vote_entropy,
)

SEEDS = st.integers(0, 1_000)
VOTES = hnp.arrays(np.float64, (5, 4), elements=st.integers(0, 50).map(float))

FORMULAS = {
    consensus_entropy: lambda proba: entropy(proba.mean(axis=0), axis=-1),
    member_entropy: lambda proba: entropy(proba, axis=-1).mean(axis=0),
    mutual_information: lambda proba: (
        entropy(proba.mean(axis=0), axis=-1) - entropy(proba, axis=-1).mean(axis=0)
    ),
    mean_divergence: lambda proba: entropy(proba, proba.mean(axis=0)[None], axis=-1).mean(axis=0),
}


@pytest.mark.parametrize(("score", "formula"), FORMULAS.items())
@given(SEEDS, st.integers(1, 9), st.floats(0.01, 3))
def test_disagreement_is_scipys(score, formula, seed, n_members, concentration):
    proba = np.random.default_rng(seed).dirichlet(np.full(4, concentration), (n_members, 5))

    scores = score(proba)

    assert scores == pytest.approx(formula(proba), abs=1e-9)
    assert (scores >= 0).all()


def test_divergence_bears_numbers_next_to_nothing():
    tiny = np.nextafter(0, 1)
    proba = np.array([[[1, 0, 0, 0]], [[1 - tiny, tiny, 0, 0]], [[0, 0, 0, 1]]])

    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(mean_divergence(proba)).all()


@given(VOTES)
def test_vote_entropy_is_scipys_and_0_without_votes(votes):
    voted = votes.any(axis=1)

    scores = vote_entropy(votes)

    assert scores[voted] == pytest.approx(entropy(votes[voted], axis=1), abs=1e-12)
    assert not scores[~voted].any()


@given(SEEDS)
def test_narrowness_is_what_the_margin_leaves(seed):
    # Rounded: some distributions tie.
    proba = np.random.default_rng(seed).dirichlet(np.ones(4), 20).round(1)

    second, first = np.sort(proba, axis=1)[:, 2:].T

    assert narrowness(proba) == pytest.approx(1 - (first - second))


@given(SEEDS, st.integers(1, 9))
def test_every_member_splits_one_vote_among_what_it_finds_likeliest(seed, n_members):
    proba = np.random.default_rng(seed).dirichlet(np.ones(4), (n_members, 5)).round(1)
    expected = np.zeros((5, 4))
    for member in proba:
        for track, row in enumerate(member):
            likeliest = np.flatnonzero(row == row.max())
            expected[track, likeliest] += 1 / len(likeliest)

    assert hard_votes(proba) == pytest.approx(expected)
