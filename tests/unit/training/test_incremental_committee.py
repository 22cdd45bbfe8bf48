"""Each batch of answers learnt on top of those before: what is left, and what is stored of it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.emotion import N_QUADRANTS, QUADRANTS, Modality
from models.members.xgb import XgbDelta
from models.personal import Answer, CommitteePersonaliser
from models.personal.incremental import condensed, learn_newest
from tests import small_models
from training.datasets.feature_rows import Rows
from training.experiments.learners import IncrementalLearner

FAMILIES = {
    "gnb": small_models.gnb,
    "sgd": small_models.sgd,
    "xgb": small_models.xgb,
    "cnn": small_models.cnn,
}
ROUNDING = 0.02  # of a margin: trees are merged, changes are in half precision
N = 24


@pytest.fixture(scope="module", name="drawn")
def _drawn():
    return small_models.tracks(N, seed=5)


@pytest.fixture(scope="module", name="families")
def _families():
    return {name: make() for name, make in FAMILIES.items()}


def learn(family, drawn, batch, order=slice(None)):
    x, y = drawn.x[order], drawn.y[order]
    return learn_newest(family, x, y, family.logits(x), np.asarray(batch)[order])


def told(family, delta, x):
    return delta.logits(x, family.logits(x))


def largest_difference(one, other):
    return np.abs(one - other).max()


@pytest.mark.parametrize("name", FAMILIES)
def test_one_batch_is_learnt_as_all_answers_are(families, drawn, name):
    family = families[name]

    newest = learn(family, drawn, np.full(N, 3))
    refitted = family.learn(drawn.x, drawn.y, family.logits(drawn.x))

    apart = largest_difference(*(told(family, d, drawn.x) for d in (newest, refitted)))
    assert apart <= (ROUNDING if name == "xgb" else 0)


@pytest.mark.parametrize("name", FAMILIES)
def test_of_numbers_of_batches_only_the_order_counts(families, drawn, name):
    batch = np.arange(N) % 3

    one, other = (learn(families[name], drawn, b) for b in (batch, 10 * batch - 7))

    assert (told(families[name], one, drawn.x) == told(families[name], other, drawn.x)).all()


def test_gaussian_moments_forget_nothing(families, drawn):
    family = families["gnb"]

    newest = learn(family, drawn, np.arange(N) // 5)

    refitted = family.learn(drawn.x, drawn.y, family.logits(drawn.x))
    assert (told(family, newest, drawn.x) == told(family, refitted, drawn.x)).all()


@pytest.mark.parametrize("name", ["xgb", "cnn"])
def test_offsets_are_learnt_on_top_of_offsets(families, drawn, name):
    family, x = families[name], drawn.x
    first, second = np.arange(N) < 12, np.arange(N) >= 12
    start = family.logits(x)

    newest = learn(family, drawn, second.astype(int))

    middle = family.learn(x[first], drawn.y[first], start[:, first]).logits(x, start)
    end = family.learn(x[second], drawn.y[second], middle[:, second]).logits(x, middle)
    assert largest_difference(told(family, newest, x), end) < ROUNDING


def test_weights_go_on_from_where_they_were(families, drawn):
    family, x = families["sgd"], drawn.x
    first, second = np.arange(N) < 12, np.arange(N) >= 12

    newest = learn(family, drawn, second.astype(int))

    halfway = family.weight + family.learn(x[first], drawn.y[first], np.empty(0)).change
    moved = replace(family, weight=halfway)
    end = moved.learn(x[second], drawn.y[second], np.empty(0))
    assert newest.parent is family
    assert largest_difference(told(family, newest, x), end.logits(x, np.empty(0))) < ROUNDING


def trees(n_folds, n_rounds, seed):
    """Trees of few different splits, some of which add nothing."""
    rng = np.random.default_rng(seed)
    shape = (n_folds, n_rounds * N_QUADRANTS)
    threshold = rng.choice(np.float32([-1, 0.5, np.inf]), (*shape, 3))
    feature = np.where(np.isfinite(threshold), rng.integers(0, 2, threshold.shape), 0)
    leaf = rng.normal(size=(*shape, 4)) * rng.integers(0, 2, (*shape, 1))
    return XgbDelta(feature.astype(np.int16), threshold, leaf.astype(np.float32))


@given(st.integers(1, 3), st.integers(1, 30), st.integers(0, 100))
def test_fewer_trees_say_the_same(n_folds, n_rounds, seed):
    grown = trees(n_folds, n_rounds, seed)
    x = np.random.default_rng(seed).normal(size=(20, 2)).astype(np.float32)
    nothing = np.zeros((n_folds, len(x), N_QUADRANTS))

    kept = condensed(grown)

    # Each of at most 64 kinds of trees is rounded once, by half of a thousandth.
    assert largest_difference(kept.logits(x, nothing), grown.logits(x, nothing)) < 64 / 2048
    assert kept.leaf.shape[1] <= min(grown.leaf.shape[1], 64 * N_QUADRANTS)
    assert (condensed(kept).leaf == kept.leaf).all()


@pytest.fixture(scope="module", name="snapshot", params=["shipped", "with_cnn"])
def _snapshot(request):
    return request.getfixturevalue(request.param)


def answers(tracks, batch_size):
    drawn = np.random.default_rng(0).integers(0, 4, len(tracks))
    return [
        Answer(track, QUADRANTS[quadrant], batch=place // batch_size)
        for place, (track, quadrant) in enumerate(zip(tracks, drawn, strict=True))
    ]


@pytest.mark.parametrize("modality", Modality)
def test_it_is_what_the_simulation_does(snapshot, modality):
    committee = snapshot.committees[modality]
    tracks = small_models.drawn_tracks(snapshot, 40)
    given = answers(tracks[:30], 6)
    x = np.stack([track.features.vector(modality) for track in tracks])
    shared = np.stack(
        [track.population_prediction.member_logits[modality] for track in tracks], axis=1
    )
    raw = {
        name: shared[committee.rows(name)] * committee.temperatures[name]
        for name in committee.families
    }
    y = np.array([answer.quadrant.index for answer in given])
    learner = IncrementalLearner(
        SimpleNamespace(committee=committee, x=x, y=y, raw=raw, rows=Rows.single(len(y)))
    )

    for batch in range(5):
        learner.learn(np.arange(6 * batch + 6), np.arange(6 * batch, 6 * batch + 6))

    served = (
        CommitteePersonaliser(snapshot.committees, "committee-newest")
        .fit(given)
        .member_logits(modality, x, shared)
    )
    for name in committee.families:
        simulated = learner.raw[name] / committee.temperatures[name]
        assert largest_difference(served[committee.rows(name)], simulated) < 0.05, name
