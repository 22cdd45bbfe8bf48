"""Batches: herding, clusters, and the most typical track of each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.disagreement import consensus_entropy
from models.query import Pool, ask
from models.query.clusters import cluster
from models.query.similarity import SAMPLE_TRACKS, Gauge

SEEDS = st.integers(0, 1_000)
GROUPS = 5


def draw(n_tracks, n_features=5, seed=0):
    return np.random.default_rng(seed).normal(size=(n_tracks, n_features)).astype(np.float32)


def heaps(sizes, seed=0):
    """Features of tracks in heaps that lie far apart, and which heap each is in."""
    heap = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(seed)
    centres = rng.choice([-10, 10], (16, 32))[: len(sizes)]
    return (centres[heap] + rng.normal(size=(len(heap), 32))).astype(np.float32), heap


def pool_of(features, answered=None, proba=None):
    n_tracks = len(features)
    even = np.full((2, n_tracks, 4), 0.25)
    return Pool(
        [f"t{place:05}" for place in range(n_tracks)],
        np.zeros((n_tracks, 4)),
        lambda: even if proba is None else proba,
        lambda: features,
        lambda: np.zeros((0, 0), np.float32) if answered is None else answered,
    )


def asked(name, pool, n, seed=0):
    questions = ask(name, pool, n, np.random.default_rng(seed))
    return [int(question.track_id[1:]) for question in questions], [q.score for q in questions]


def gains_along(chosen, features, answered, weights):
    """What each choice adds, and the most that any could have, by trying every track."""
    gauge = Gauge.over(features)
    alike = gauge.alike(features).astype(float)
    covered = gauge.alike(answered).max(axis=0) if len(answered) else np.zeros(len(features))
    for choice in chosen:
        gains = [sum(weights * np.maximum(row - covered, 0)) / len(row) for row in alike]
        yield gains[choice], max(gains)
        covered = np.maximum(covered, alike[choice])


@given(SEEDS, st.integers(1, 15), st.integers(0, 4))
@settings(max_examples=50)
def test_herding_is_greedy_coverage(seed, n_tracks, n_answered):
    features, answered = draw(n_tracks, seed=seed), draw(n_answered, seed=seed + 1)

    chosen, added = asked("herding", pool_of(features, answered), n_tracks)

    gains, most = zip(*gains_along(chosen, features, answered, np.ones(n_tracks)), strict=True)
    assert added == pytest.approx(gains, abs=1e-6)
    assert added == pytest.approx(most, abs=1e-6)


@given(SEEDS)
@settings(max_examples=20)
def test_uncertainty_herding_covers_what_is_doubted(seed):
    features = draw(12, seed=seed)
    proba = np.random.default_rng(seed).dirichlet(np.full(4, 0.3), (3, 12))

    chosen, added = asked("uherding", pool_of(features, proba=proba), 6)

    doubt = consensus_entropy(proba)
    gains, most = zip(*gains_along(chosen, features, [], doubt), strict=True)
    assert added == pytest.approx(gains, abs=1e-6)
    assert added == pytest.approx(most, abs=1e-6)


@pytest.mark.parametrize("name", ["herding", "uherding", "typiclust"])
def test_a_batch_is_spread_over_the_heaps(name):
    features, heap = heaps([12, 12, 12, 12, 12])

    for seed in range(5):
        chosen, _ = asked(name, pool_of(features), GROUPS, seed)
        assert sorted(heap[chosen]) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", ["herding", "uherding", "typiclust"])
def test_what_was_answered_is_covered(name):
    features, heap = heaps([12, 12, 12, 12, 12])
    answered = features[[0, 13]] + np.float32(0.1)  # of the first two heaps

    for seed in range(5):
        chosen, _ = asked(name, pool_of(features, answered), 3, seed)
        assert sorted(heap[chosen]) == [2, 3, 4]


def test_uncertainty_herding_leaves_a_heap_alone_of_which_nobody_doubts():
    features, heap = heaps([12, 12, 12])
    proba = np.full((2, 36, 4), 0.25)
    proba[:, heap == 1] = np.eye(4)[2]

    chosen, _ = asked("uherding", pool_of(features, proba=proba), 2)

    assert sorted(heap[chosen]) == [0, 2]


def test_typiclust_takes_the_largest_heap_first_and_tells_its_share():
    features, heap = heaps([8, 24, 16])

    chosen, scores = asked("typiclust", pool_of(features), 3)

    assert heap[chosen].tolist() == [1, 2, 0]
    assert scores == pytest.approx([24 / 48, 16 / 48, 8 / 48])


def test_typiclust_takes_what_is_nearest_to_its_neighbours():
    # One heap along a line: the middle is nearest to its neighbours, wherever it stands.
    along = np.array([0, 9, 1, 8, 4.5, 4, 5, 2, 7], np.float32)
    features = np.column_stack([np.cos(along / 20), np.sin(along / 20)]).astype(np.float32)
    gauge = Gauge.over(features)
    gaps = np.linalg.norm(gauge.rows[:, None] - gauge.rows, axis=2).sum(axis=1)

    chosen, _ = asked("typiclust", pool_of(features), 1)

    assert chosen == [int(gaps.argmin())]


def test_typiclust_asks_of_a_spent_heap_only_after_the_others():
    features, heap = heaps([4, 20])
    many = np.repeat(features[:1], 30, axis=0)  # more answers than there are clusters to fill

    chosen, scores = asked("typiclust", pool_of(features, many), 20)

    assert (heap[chosen] == 1).sum() >= 16
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("name", ["herding", "uherding", "typiclust"])
def test_of_a_large_pool_as_many_as_are_wanted(name):
    features = draw(SAMPLE_TRACKS + 300, 3)

    few, _ = asked(name, pool_of(features), 10)
    many, scores = asked(name, pool_of(features), SAMPLE_TRACKS + 200)

    assert len(set(few)) == 10
    assert len(set(many)) == SAMPLE_TRACKS + 200
    assert scores == sorted(scores, reverse=True)


@given(SEEDS)
@settings(max_examples=30)
def test_clusters_are_the_heaps(seed):
    rows, heap = heaps([9, 9, 9], seed)

    found = cluster(rows, 3, np.random.default_rng(seed))

    assert len(set(zip(found.tolist(), heap.tolist(), strict=True))) == 3


@given(SEEDS, st.integers(1, 12), st.integers(1, 12))
def test_no_row_is_nearer_to_another_clusters_mean(seed, n_rows, n_clusters):
    rows = draw(n_rows, seed=seed)

    found = cluster(rows, n_clusters, np.random.default_rng(seed))

    means = {index: rows[found == index].mean(axis=0) for index in set(found.tolist())}
    for row, own in zip(rows, found, strict=True):
        gaps = {index: ((row - mean) ** 2).sum() for index, mean in means.items()}
        assert gaps[own] <= min(gaps.values()) + 1e-4


def test_rows_that_are_all_the_same_are_clustered():
    found = cluster(np.ones((5, 2), np.float32), 3, np.random.default_rng(0))

    assert len(found) == 5
