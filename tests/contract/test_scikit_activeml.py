"""Our scores beside those of scikit-activeml, where it is installed.

Nothing of ours needs it. To run these: ``pip install scikit-activeml`` in an environment that has
what Attune needs.
"""

from warnings import catch_warnings, simplefilter

import numpy as np
import pytest

from models.disagreement import hard_votes, mean_divergence, mutual_information, vote_entropy
from models.query import Pool, ask
from models.query.similarity import SimilarityKernel
from models.query.typicality import N_NEIGHBOURS

pool_of_theirs = pytest.importorskip(
    "skactiveml.pool", reason="scikit-activeml is not installed: nothing was compared with it."
)
N_TRACKS = 40
NAMES = [f"t{place:02}" for place in range(N_TRACKS)]


@pytest.fixture(name="proba", params=range(3))
def _proba(request):
    return np.random.default_rng(request.param).dirichlet(np.ones(4), (7, N_TRACKS))


@pytest.fixture(name="features", params=range(3))
def _features(request):
    drawn = np.random.default_rng(request.param).normal(size=(N_TRACKS, 5))
    return drawn.astype(np.float32)


def scored(name, proba):
    pool = Pool(NAMES, np.zeros((N_TRACKS, 4)), lambda: proba)
    questions = ask(name, pool, N_TRACKS, np.random.default_rng(0))
    return [question.score for question in sorted(questions, key=lambda each: each.track_id)]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("mc", "entropy"), ("margin", "margin_sampling"), ("least_confident", "least_confident")],
)
def test_uncertainty_of_the_consensus(proba, ours, theirs):
    expected = pool_of_theirs.uncertainty_scores(proba.mean(axis=0), method=theirs)

    assert scored(ours, proba) == pytest.approx(expected)


def test_divergence_from_the_consensus(proba):
    theirs = pool_of_theirs.average_kl_divergence(proba.copy())

    assert mean_divergence(proba) == pytest.approx(theirs, abs=1e-6)


def test_entropy_of_the_members_votes(proba):
    votes = proba.argmax(axis=2).T

    theirs = pool_of_theirs.vote_entropy(votes, np.arange(4))
    assert vote_entropy(hard_votes(proba)) == pytest.approx(theirs)


def test_information_about_the_members(proba):
    (theirs,) = pool_of_theirs.batch_bald(proba.copy(), batch_size=1)

    assert mutual_information(proba) == pytest.approx(theirs)


def test_herding(features):
    n_answered, n = 3, 8
    gauge = SimilarityKernel.over(features[n_answered:])
    strategy = pool_of_theirs.MaxHerding(
        normalize_samples=False, metric_dict={"gamma": 1 / gauge.bandwidth}, random_state=0
    )
    pool = Pool(
        NAMES[n_answered:],
        np.zeros((N_TRACKS - n_answered, 4)),
        lambda: np.zeros((1, N_TRACKS - n_answered, 4)),
        lambda: features[n_answered:],
        lambda: features[:n_answered],
    )

    questions = ask("herding", pool, n, np.random.default_rng(0))

    labels = np.where(np.arange(N_TRACKS) < n_answered, 0.0, np.nan)
    theirs = strategy.query(gauge.scaled(features), labels, batch_size=n)
    assert [NAMES.index(question.track_id) for question in questions] == theirs.tolist()


def test_the_most_typical_of_one_cluster(features):
    strategy = pool_of_theirs.TypiClust(k=N_NEIGHBOURS, random_state=0)
    pool = Pool(
        NAMES, np.zeros((N_TRACKS, 4)), lambda: np.zeros((1, N_TRACKS, 4)), lambda: features
    )

    (question,) = ask("typiclust", pool, 1, np.random.default_rng(0))

    rows = SimilarityKernel.over(features).rows
    with catch_warnings():
        simplefilter("ignore")
        (theirs,) = strategy.query(rows, np.full(N_TRACKS, np.nan), batch_size=1)
    assert question.track_id == NAMES[theirs]
