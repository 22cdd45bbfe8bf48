"""The logistic personaliser against formulas written out in full."""

import numpy as np
import pytest
from scipy.optimize import minimize

from models.emotion import N_QUADRANTS, SIGNS, Quadrant
from models.personal.logistic import (
    LogisticModel,
    Prior,
    learn,
    log_proba_in,
    proba_in,
    track_features,
)
from models.personal.logistic.posterior import fit
from models.personal.logistic.prior import log_softmax
from models.personal.model import MemberInputs, PredictionBatch
from models.prediction_sets import ENOUGH
from tests import small_service

NO_POINTS = np.zeros((0, 2))
SHARED = small_service.listener_model()


def drawn(n_tracks, *, seed=0, n_components=2):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.ones(N_QUADRANTS), n_tracks)
    return track_features(proba, rng.normal(size=(n_tracks, n_components)))


def no_votes(rows):
    return np.zeros((len(rows), N_QUADRANTS))


def quadrants(n_answers, *, seed=0):
    return np.eye(N_QUADRANTS)[np.random.default_rng(seed).integers(0, N_QUADRANTS, n_answers)]


def always(quadrant, n_answers):
    return np.tile(np.eye(N_QUADRANTS)[quadrant.index], (n_answers, 1))


@pytest.mark.parametrize("constant", [0.0, 7.0])
def test_item_prior_is_a_mean_of_votes_and_the_population_to_a_power(constant):
    prior = Prior(kappa=3.0, gamma=0.5, tau=1.0, omega=1.0)
    p0, votes = np.array([[0.7, 0.1, 0.1, 0.1]]), np.array([[0.0, 2.0, 0.5, 0.0]])
    powered = p0**0.5 / (p0**0.5).sum()

    found = np.exp(prior.item(np.log(p0) + constant, votes))

    assert found == pytest.approx((votes + 3.0 * powered) / 5.5)


def test_a_probability_of_0_stays_finite():
    rows = track_features(np.array([[1.0, 0, 0, 0]]), np.zeros((1, 2)))

    assert np.isfinite(rows).all()
    assert proba_in(rows)[0] == pytest.approx([1.0, 0, 0, 0], abs=1e-9)


@pytest.mark.parametrize("n_answers", [1, 3, 40])
def test_weights_are_the_mode_that_a_general_optimiser_finds(n_answers):
    rng = np.random.default_rng(n_answers)
    design = np.column_stack([np.ones(n_answers), rng.normal(size=(n_answers, 2))])
    log_prior = np.log(rng.dirichlet(np.ones(4), n_answers))
    answers, variances = rng.dirichlet(np.ones(4), n_answers), np.array([0.5, 0.2, 0.2])

    def misfit(flat):
        weights = flat.reshape(3, 4)
        log_proba = log_softmax(log_prior + design @ weights)
        return -(answers * log_proba).sum() + 0.5 * (weights**2 / variances[:, None]).sum()

    expected = minimize(misfit, np.zeros(12), method="BFGS", options={"gtol": 1e-8}).x

    found = fit(log_prior, answers, design, variances)

    assert found.weights.ravel() == pytest.approx(expected, abs=1e-5)


def test_steps_that_go_too_far_are_halved():
    # Whole Newton steps from here leave the mode further behind each time.
    log_prior = np.log(np.array([[1e-12, 1.0, 1e-12, 1e-12]] * 30))
    answers = np.tile([1.0, 0, 0, 0], (30, 1))

    found = fit(log_prior, answers, np.ones((30, 1)), np.array([100.0]))

    assert (answers - found.proba).sum(axis=0) == pytest.approx(found.weights[0] / 100.0, abs=1e-6)


@pytest.mark.parametrize("n_answers", [2, 40])
def test_held_out_answers_are_near_those_of_models_without_them(n_answers):
    rows, answers = drawn(n_answers), quadrants(n_answers)
    posterior = SHARED.posterior(rows, answers, no_votes(rows))
    found = np.exp(posterior.held_out())

    for out in range(n_answers):
        kept = np.arange(n_answers) != out
        model = learn(SHARED, rows[kept], answers[kept], no_votes(rows[kept]), NO_POINTS)
        exact = model.proba(rows[[out]], no_votes(rows[[out]]))
        assert found[[out]] == pytest.approx(exact, abs=0.03)


def test_a_newcomer_is_predicted_the_item_prior():
    rows, votes = drawn(6), np.random.default_rng(1).poisson(1.0, (6, 4)).astype(float)

    found = SHARED.newcomer.proba(rows, votes)

    assert found == pytest.approx(np.exp(SHARED.prior.item(log_proba_in(rows), votes)))
    assert not SHARED.newcomer.is_used


def test_an_answer_that_others_gave_too_teaches_less_of_the_listener():
    rows, answers = drawn(4), always(Quadrant.Q2, 4)
    alone = learn(SHARED, rows, answers, no_votes(rows), NO_POINTS)
    agreeing = learn(SHARED, rows, answers, 20 * answers, NO_POINTS)

    assert agreeing.weights[0, Quadrant.Q2.index] < 0.3 * alone.weights[0, Quadrant.Q2.index]


@pytest.mark.parametrize(
    ("n_voted", "n_unvoted", "are_own"),
    [(5, 0, [False, False]), (ENOUGH, 0, [False, True]), (ENOUGH, ENOUGH, [True, True])],
)
def test_limits_become_the_listeners_own_with_enough_answers(n_voted, n_unvoted, are_own):
    rows = drawn(n_voted + n_unvoted)
    votes = no_votes(rows)
    votes[:n_voted] = 1.0

    model = learn(SHARED, rows, quadrants(len(rows)), votes, NO_POINTS)

    assert (model.limits != SHARED.limits[1]).tolist() == are_own


def test_stretches_of_a_track_that_is_next_to_certain_are_changed_by_the_listener_alone():
    """A sketch tells no probability below 1e-12 from it; the distributions of tracks do."""
    certain = np.array([[1.0, 1e-30, 1e-30, 1e-30]])
    heard = MemberInputs({}, {}, track_features(certain, np.zeros((1, 2))), np.zeros((1, 4)))
    none = np.zeros((1, 2))
    shared_models = PredictionBatch(
        {}, certain, none, none, np.zeros((4, 1, 4)), None, np.array([False]), lambda _, __: None
    )
    stretches = np.array([[0.4, 0.3, 0.2, 0.1]])

    predict_batch = SHARED.newcomer.predict_batch(heard, shared_models, lambda _: shared_models)

    expected = np.exp(SHARED.prior.population(np.log(stretches)))
    assert predict_batch.predict_segments(0, stretches).proba == pytest.approx(expected)


def test_a_newcomers_point_is_the_mean_of_the_quadrants_middles():
    scale = SHARED.scale
    proba = np.array([[0.4, 0.3, 0.2, 0.1]])

    mean, sd = SHARED.newcomer.points(proba)

    expected = (proba @ SIGNS) * scale.spread
    assert mean == pytest.approx(expected)
    assert sd**2 == pytest.approx(scale.spread**2 + scale.within**2 - expected**2)


@pytest.mark.parametrize(("size", "is_wider"), [(0.9, True), (0.1, False)])
def test_who_uses_more_of_the_plane_gets_points_further_out(size, is_wider):
    points = size * SIGNS.repeat(5, axis=0)

    spread = SHARED.scale.learn(points).spread

    assert ((spread > SHARED.scale.spread) == is_wider).all()


def test_who_leans_to_one_side_gets_points_on_that_side():
    points = np.array([[0.5, 0.3], [-0.1, -0.3]] * 10)

    leaning, on_an_axis = SHARED.scale.learn(points), SHARED.scale.learn(np.zeros((12, 2)))

    assert leaning.bias[0] > 0.05
    assert abs(leaning.bias[1]) < 0.01
    assert on_an_axis.bias == pytest.approx(np.zeros(2))
    assert on_an_axis.spread == pytest.approx(SHARED.scale.spread)


def test_another_prior_leaves_the_rest_of_the_model_as_it_is():
    prior = Prior(kappa=9.0, gamma=0.3, tau=0.1, omega=0.0)

    changed = SHARED.under(prior)

    assert isinstance(changed, LogisticModel)
    assert (changed.prior, changed.limits is SHARED.limits) == (prior, True)
    assert changed.scale.spread == pytest.approx(SHARED.scale.spread * 0.8 / 0.5)
