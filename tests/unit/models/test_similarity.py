"""How alike tracks are, which stand for many, and how dense the pool is around each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.query import Pool, ask
from models.query.scorers import REFERENCE_TRACKS, density
from models.query.similarity import SimilarityKernel, sample, squared_distances

SEEDS = st.integers(0, 1_000)


def draw(n_tracks, n_features=5, seed=0):
    return np.random.default_rng(seed).normal(size=(n_tracks, n_features)).astype(np.float32)


def pool_of(features, track_ids=None, proba=None):
    n_tracks = len(features)
    even = np.full((2, n_tracks, 4), 0.25)
    names = track_ids or [f"t{place:05}" for place in range(n_tracks)]
    return Pool(
        names, np.zeros((n_tracks, 4)), lambda: even if proba is None else proba, lambda: features
    )


def rng(seed=0):
    return np.random.default_rng(seed)


@given(SEEDS)
def test_squared_distances_are_those_between_rows(seed):
    left, right = draw(4, seed=seed), draw(3, seed=seed + 1)

    expected = [[((a - b) ** 2).sum() for b in right] for a in left]

    assert squared_distances(left, right) == pytest.approx(np.array(expected), rel=1e-4)


def test_likeness_by_hand():
    # Mean 0 and variance 1 already; over root 2 they are the corners of a square, whose squared
    # distances are 2 along a side, four times, and 4 across, twice: the median is 2.
    corners = np.array([[1, 1], [1, -1], [-1, -1], [-1, 1]], np.float32)

    gauge = SimilarityKernel.over(corners)

    assert gauge.bandwidth == pytest.approx(2)
    assert gauge.similarity(corners[:1])[0] == pytest.approx(
        [1, np.exp(-1), np.exp(-2), np.exp(-1)], rel=1e-5
    )


@pytest.mark.parametrize("constant", [0, 1, 12_345.678, 1e30])
def test_a_feature_that_is_the_same_for_all_says_nothing(constant):
    features = draw(9)
    wider = np.column_stack([features, np.full(9, constant, np.float32)])

    assert SimilarityKernel.over(wider).similarity(wider) == pytest.approx(
        SimilarityKernel.over(features).similarity(features), abs=1e-6
    )


def test_a_track_is_scaled_by_hand():
    # Of the first column mean 2 and deviation 1, of the second 5 and 2; the last track lacks it.
    features = np.array([[1, 3], [3, 7], [2, np.nan]], np.float32)
    features[2, 0] = 2  # deviation of the first: root of 2/3

    scaled = SimilarityKernel.over(features).scaled(np.array([[4, 9], [4, np.nan]], np.float32))

    across = 2 / np.sqrt(2 / 3)
    assert scaled == pytest.approx(
        np.array([[across / np.sqrt(2), 2 / np.sqrt(2)], [across, 0]]), rel=1e-5
    )


def test_tracks_that_share_no_feature_are_as_alike_as_any_two():
    heard, read = draw(40, 30), draw(40, 30, seed=1)
    nothing = np.full((40, 30), np.nan, np.float32)
    features = np.block([[heard, nothing], [nothing, read]])

    alike = SimilarityKernel.over(features).similarity(features)

    others = ~np.eye(40, dtype=bool)
    means = [block[others].mean() for block in (alike[:40, :40], alike[:40, 40:])]
    assert means == pytest.approx([np.exp(-1)] * 2, abs=0.02)


@given(SEEDS, st.integers(1, 9), st.integers(1, 12))
def test_a_sample_is_of_distinct_tracks_whatever_their_order(seed, n_tracks, n):
    names = [f"t{place}" for place in range(n_tracks)]
    order = rng(seed).permutation(n_tracks)
    moved = [names[place] for place in order]

    first = [names[place] for place in sample(pool_of(draw(n_tracks), names), n, rng(seed))]
    second = [moved[place] for place in sample(pool_of(draw(n_tracks), moved), n, rng(seed))]

    assert first == second
    assert len(set(first)) == len(first) == min(n, n_tracks)


def test_a_sample_is_drawn_evenly():
    tracks = pool_of(draw(5))
    drawn = np.concatenate([sample(tracks, 2, rng(seed)) for seed in range(1_000)])

    # Binomial with p = 2/5: 400 expected, sd 15.5; five of them.
    assert np.bincount(drawn) == pytest.approx(400, abs=78)


@given(SEEDS, st.integers(1, 12))
def test_density_is_the_mean_likeness(seed, n_tracks):
    features = draw(n_tracks, seed=seed)
    gauge = SimilarityKernel.over(features)

    expected = [gauge.similarity(features[[place]]).mean() for place in range(n_tracks)]

    scores = density(pool_of(features), rng())
    assert scores == pytest.approx(expected, rel=1e-4)
    assert (scores > 0).all()
    assert (scores <= 1 + 1e-6).all()


def test_density_weighs_what_the_committee_doubts():
    features = draw(6)
    proba = np.full((2, 6, 4), 0.25)
    proba[:, 3] = np.eye(4)[0]

    questions = ask("density", pool_of(features, proba=proba), 6, rng())

    scores = {question.track_id: question.score for question in questions}
    expected = density(pool_of(features), rng()) * np.log(4) * (np.arange(6) != 3)
    assert [scores[f"t{place:05}"] for place in range(6)] == pytest.approx(expected)


def test_of_a_large_pool_a_sample_gives_about_the_same_density():
    features = draw(4 * REFERENCE_TRACKS, 8) @ np.diag([3, 2, 1, 1, 0.1, 0.1, 0.1, 0.1])
    features = features.astype(np.float32)

    sampled = density(pool_of(features), rng())

    whole = SimilarityKernel.over(features).similarity(features).mean(axis=1)
    assert np.corrcoef(sampled, whole)[0, 1] > 0.95
    assert sampled == pytest.approx(whole, abs=0.1)
