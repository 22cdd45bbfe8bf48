"""Batches: herding, clusters, and the most typical track of each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.disagreement import consensus_entropy
from models.query import Pool, ask
from models.query.similarity import SAMPLE_TRACKS, SimilarityKernel
from models.query.typicality import cluster

SEEDS = st.integers(0, 1_000)


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
    gauge = SimilarityKernel.over(features)
    alike = gauge.similarity(features).astype(float)
    covered = gauge.similarity(answered).max(axis=0) if len(answered) else np.zeros(len(features))
    for choice in chosen:
        gains = [sum(weights * np.maximum(row - covered, 0)) / len(row) for row in alike]
        yield gains[choice], max(gains)
        covered = np.maximum(covered, alike[choice])


WEIGHTS = {"herding": lambda proba: np.ones(proba.shape[1]), "uherding": consensus_entropy}


@pytest.mark.parametrize(("name", "weigh"), WEIGHTS.items(), ids=WEIGHTS)
@given(seed=SEEDS, n_tracks=st.integers(1, 15), n_answered=st.integers(0, 4))
@settings(max_examples=30)
def test_herding_is_greedy_coverage(name, weigh, seed, n_tracks, n_answered):
    features, answered = draw(n_tracks, seed=seed), draw(n_answered, seed=seed + 1)
    proba = np.random.default_rng(seed).dirichlet(np.full(4, 0.3), (3, n_tracks))

    chosen, added = asked(name, pool_of(features, answered, proba), n_tracks)

    gains, most = zip(*gains_along(chosen, features, answered, weigh(proba)), strict=True)
    assert added == pytest.approx(gains, abs=1e-6)
    assert added == pytest.approx(most, abs=1e-6)


def test_typiclust_asks_of_heaps_without_answers():
    features, heap = heaps([12, 12, 12, 12, 12])
    answered = features[[0, 13]] + np.float32(0.1)  # of the first two heaps

    chosen, _ = asked("typiclust", pool_of(features, answered), 3)

    assert sorted(heap[chosen]) == [2, 3, 4]


def test_typiclust_takes_the_largest_heap_first_and_tells_its_share():
    features, heap = heaps([8, 24, 16])

    chosen, scores = asked("typiclust", pool_of(features), 3)

    assert heap[chosen].tolist() == [1, 2, 0]
    assert scores == pytest.approx([24 / 48, 16 / 48, 8 / 48])


def test_typiclust_takes_what_is_nearest_to_its_neighbours():
    # One heap along a line: the middle is nearest to its neighbours, wherever it stands.
    along = np.array([0, 9, 1, 8, 4.5, 4, 5, 2, 7], np.float32)
    features = np.column_stack([np.cos(along / 20), np.sin(along / 20)]).astype(np.float32)
    gauge = SimilarityKernel.over(features)
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


@given(SEEDS, st.integers(1, 12), st.integers(1, 12))
def test_no_row_is_nearer_to_another_clusters_mean(seed, n_rows, n_clusters):
    rows = draw(n_rows, seed=seed)

    found = cluster(rows, n_clusters, np.random.default_rng(seed))

    means = {index: rows[found == index].mean(axis=0) for index in set(found.tolist())}
    for row, own in zip(rows, found, strict=True):
        gaps = {index: ((row - mean) ** 2).sum() for index, mean in means.items()}
        assert gaps[own] <= min(gaps.values()) + 1e-4
