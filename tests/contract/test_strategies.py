"""What every query strategy does. A new strategy joins by one line in models.query.STRATEGIES."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.query import STRATEGIES, Pool

DRAWS = ("rand",)  # chance is its score: it does not look at the tracks
NAMES = st.sampled_from(list(STRATEGIES))
LOOKING = st.sampled_from([name for name in STRATEGIES if name not in DRAWS])
SEEDS = st.integers(0, 10_000)


def pool_of(proba, votes):
    return Pool([f"t{place}" for place in range(len(votes))], votes, lambda: proba)


def drawn(seed, n_tracks=12):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.ones(4), (5, n_tracks))
    return proba, rng.integers(0, 4, (n_tracks, 4)).astype(float)


def scores(name, proba, votes):
    return STRATEGIES[name](pool_of(proba, votes), np.random.default_rng(0))


@given(NAMES, SEEDS, st.integers(1, 30))
def test_every_track_has_a_score_that_is_a_number(name, seed, n_tracks):
    scored = scores(name, *drawn(seed, n_tracks))

    assert scored.shape == (n_tracks,)
    assert np.isfinite(scored).all()
    assert (scored >= 0).all()


@given(NAMES, SEEDS)
def test_scoring_leaves_the_pool_alone(name, seed):
    proba, votes = drawn(seed)
    before = proba.copy(), votes.copy()

    scores(name, proba, votes)

    assert (proba == before[0]).all()
    assert (votes == before[1]).all()


@given(LOOKING, SEEDS)
def test_a_track_scores_alike_wherever_it_stands(name, seed):
    proba, votes = drawn(seed)
    order = np.random.default_rng(seed).permutation(len(votes))

    moved = scores(name, proba[:, order], votes[order])

    assert moved == pytest.approx(scores(name, proba, votes)[order])


@given(LOOKING, SEEDS)
def test_a_track_scores_alike_in_any_company(name, seed):
    proba, votes = drawn(seed)

    alone = [scores(name, proba[:, [place]], votes[[place]])[0] for place in range(len(votes))]

    assert alone == pytest.approx(scores(name, proba, votes).tolist())


@given(LOOKING, SEEDS)
def test_what_quadrants_are_called_does_not_matter(name, seed):
    proba, votes = drawn(seed)
    order = np.random.default_rng(seed).permutation(4)

    renamed = scores(name, proba[..., order], votes[..., order])

    assert renamed == pytest.approx(scores(name, proba, votes))


@given(LOOKING, SEEDS)
def test_who_the_members_are_does_not_matter(name, seed):
    proba, votes = drawn(seed)

    assert scores(name, proba[::-1], votes) == pytest.approx(scores(name, proba, votes))


@given(NAMES, SEEDS)
def test_a_pool_of_tracks_that_nobody_doubts_is_scored(name, seed):
    sure = np.tile(np.eye(4)[[seed % 4]], (5, 3, 1))

    scored = scores(name, sure, np.zeros((3, 4)))

    assert np.isfinite(scored).all()
