"""Each algorithm against the library it stands for."""

import numpy as np
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import log_expit
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB

from models.emotion import N_QUADRANTS, softmax
from models.members import GaussianNaiveBayes, LogisticRegressionSgd
from tests import small_models


def one_fold_gnb(theirs, n_features, prior_strength):
    """A fitted GaussianNB, on features as they are."""
    return GaussianNaiveBayes(
        projection=np.eye(n_features, dtype=np.float32)[None],
        offset=np.zeros((1, n_features), np.float32),
        log_prior=np.log(theirs.class_prior_)[None],
        mean=theirs.theta_[None].copy(),  # partial_fit writes into it
        variance=theirs.var_[None].copy(),
        prior_strength=prior_strength,
    )


def one_fold_sgd(centre, scale, coef, intercept, **settings):
    return LogisticRegressionSgd(
        centre=centre[None].astype(np.float32),
        scale=scale[None].astype(np.float32),
        weight=np.column_stack([coef, intercept])[None].astype(np.float32),
        **settings,
    )


def test_naive_bayes_is_scikit_learns():
    train, test = small_models.tracks(200), small_models.tracks(50, seed=1)
    theirs = GaussianNB().fit(train.x, train.y)

    ours = one_fold_gnb(theirs, small_models.N_FEATURES, prior_strength=20).logits(test.x)[0]

    assert softmax(ours) == pytest.approx(theirs.predict_proba(test.x), abs=1e-5)


@given(
    answers=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 3)), min_size=1, max_size=60),
    n_each=st.integers(3, 50),
)
def test_learning_is_scikit_learns_partial_fit(answers, n_each):
    # The parent saw as many tracks of each quadrant as its prior strength says it is worth.
    train, pool = small_models.tracks(4 * n_each), small_models.tracks(60, seed=1)
    theirs = GaussianNB(var_smoothing=0).fit(train.x.astype(np.float64), train.y)
    parent = one_fold_gnb(theirs, small_models.N_FEATURES, prior_strength=n_each)
    places, y = np.array(answers).T

    delta = parent.learn(pool.x[places], y, parent.logits(pool.x[places]))

    theirs.partial_fit(pool.x[places].astype(np.float64), y)
    merged = delta.merged()
    assert merged.mean[0] == pytest.approx(theirs.theta_, abs=1e-5)
    assert merged.variance[0] == pytest.approx(theirs.var_, rel=1e-4)
    assert np.exp(merged.log_prior[0]) == pytest.approx(theirs.class_prior_, abs=1e-6)


def test_however_far_a_listeners_tracks_lie_no_variance_is_lost():
    family = small_models.gnb()
    far = np.full((50, small_models.N_FEATURES), 1e4, np.float32)
    far += np.random.default_rng(0).normal(size=far.shape).astype(np.float32)

    delta = family.learn(far, np.zeros(50, np.int64), family.logits(far))

    n = family.prior_strength + 50
    assert (delta.merged().variance >= 0.999 * family.variance * family.prior_strength / n).all()


def test_logistic_regression_is_scikit_learns_one_against_the_rest():
    train, test = small_models.tracks(200), small_models.tracks(50, seed=1)
    centre, scale = train.x.mean(axis=0), train.x.std(axis=0)
    theirs = SGDClassifier(loss="log_loss", random_state=0)
    theirs.fit((train.x - centre) / scale, train.y)

    ours = one_fold_sgd(centre, scale, theirs.coef_, theirs.intercept_).logits(test.x)[0]

    expected = theirs.predict_proba((test.x - centre) / scale)
    assert softmax(ours) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("anchor", [1.0, 30.0])
def test_given_steps_enough_logistic_regression_finds_the_best_change(anchor):
    reply = small_models.tracks(20)
    rng = np.random.default_rng(0)
    coef, intercept = rng.normal(size=(4, small_models.N_FEATURES)), rng.normal(size=4)
    family = one_fold_sgd(
        np.zeros(small_models.N_FEATURES),
        np.ones(small_models.N_FEATURES),
        coef,
        intercept,
        anchor=anchor,
        n_steps=3_000,
    )

    delta = family.learn(reply.x, reply.y, family.logits(reply.x))

    inputs = np.column_stack([reply.x, np.ones(20)])
    sign = np.where(reply.y == 2, 1, -1)  # one machine stands for all

    def loss(change):
        margin = inputs @ (np.append(coef[2], intercept[2]) + change)
        return -log_expit(sign * margin).sum() + anchor / 2 * change @ change

    best = minimize(loss, np.zeros(small_models.N_FEATURES + 1), tol=1e-10).x
    assert delta.change[0, 2] == pytest.approx(best, abs=2e-3)  # half precision


@pytest.mark.parametrize("n_answers", [1, 2, 5, 40, 200])
def test_a_listeners_trees_are_xgboosts_on_the_parents_margin(n_answers):
    reply, test = small_models.tracks(n_answers, seed=2), small_models.tracks(50, seed=1)
    family = small_models.xgb()

    delta = family.learn(reply.x, reply.y, family.logits(reply.x))

    settings = {"objective": "multi:softprob", "num_class": N_QUADRANTS, "base_score": 0.0}
    settings |= {"eta": family.learning_rate, "max_depth": 2, "tree_method": "exact"}
    ours = delta.logits(test.x, family.logits(test.x))
    for fold in range(small_models.N_FOLDS):
        parent = family.logits(reply.x)[fold]
        answers = xgboost.DMatrix(reply.x, label=reply.y, base_margin=parent)
        booster = xgboost.train(settings, answers, num_boost_round=family.n_rounds)
        tracks = xgboost.DMatrix(test.x, base_margin=family.logits(test.x)[fold])
        assert ours[fold] == pytest.approx(booster.predict(tracks, output_margin=True), abs=1e-5)
