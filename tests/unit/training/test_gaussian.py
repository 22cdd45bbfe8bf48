"""The Gaussian model, a baseline of the experiments, against formulas written out in full."""

import numpy as np
import pytest
from scipy.stats import norm

from models.emotion import N_QUADRANTS, SIGNS
from models.personal.logistic import Components
from models.prediction_sets import ENOUGH
from training.experiments.gaussian.listener import Gaussian, learn, predict_points
from training.experiments.gaussian.points import measured, quadrant_proba
from training.experiments.gaussian.posterior import condition
from training.experiments.gaussian.prior import Prior
from training.experiments.gaussian.track_features import track_features

N_COMPONENTS = 2


def gaussian() -> Gaussian:
    prior = Prior(np.zeros(2), np.ones(2), shared=0.2, level=0.1, taste=0.3, noise=0.5)
    components = Components(np.zeros(3), np.eye(3)[:, :N_COMPONENTS])
    return Gaussian(prior, components, 0.9, np.array([[0.8, 0.75], [0.78, 0.72]]))


def drawn(n_answers, *, seed=0, n_weights=5):
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(n_answers, n_weights))
    residual = rng.normal(size=(n_answers, 2))
    return rng.uniform(0.1, 2, n_weights), design, residual, rng.uniform(0.3, 1, n_answers)


def rows_of(n_tracks, *, seed=0):
    rng = np.random.default_rng(seed)
    phi = rng.normal(size=(n_tracks, N_COMPONENTS))
    return track_features(rng.dirichlet(np.ones(N_QUADRANTS), n_tracks), phi)


def no_votes(rows):
    return np.zeros((len(rows), N_QUADRANTS))


@pytest.mark.parametrize("n_answers", [1, 3, 5, 40])
def test_posterior_is_that_of_weight_space(n_answers):
    prior, design, residual, noise = drawn(n_answers)
    precision = np.diag(1 / prior) + design.T @ (design / noise[:, None])
    covariance = np.linalg.inv(precision)

    found = condition(prior, design, residual, noise)

    assert found.mean == pytest.approx(covariance @ design.T @ (residual / noise[:, None]))
    assert np.diag(prior) - found.learnt @ found.learnt.T == pytest.approx(covariance)
    assert found.learnt.shape[1] == min(n_answers, len(prior))


def test_each_answer_is_foretold_from_the_others():
    prior, design, residual, noise = drawn(9, seed=2)

    found = condition(prior, design, residual, noise)

    for place in range(9):
        rest = np.arange(9) != place
        others = condition(prior, design[rest], residual[rest], noise[rest])
        covariance = np.diag(prior) - others.learnt @ others.learnt.T
        assert found.held_out[place] == pytest.approx(design[place] @ others.mean)
        expected = design[place] @ covariance @ design[place] + noise[place]
        assert found.held_out_variance[place] == pytest.approx(expected)


def test_quadrants_are_the_mass_of_the_normal_distribution():
    mean, variance = np.array([[0.3, -1.2], [0.0, 2.0]]), np.array([0.7, 2.5])

    proba = quadrant_proba(mean, variance, 1.0)

    for row in range(2):
        right, up = norm.sf(0, mean[row], np.sqrt(variance[row]))
        expected = [right * up, (1 - right) * up, (1 - right) * (1 - up), right * (1 - up)]
        assert proba[row] == pytest.approx(expected)


def test_votes_are_a_normal_mean_under_normal_noise():
    prior = Prior(
        np.array([0.1, -0.3]), np.array([0.5, 2.0]), shared=0.4, level=0.1, taste=0.2, noise=0.7
    )
    mean, votes = np.array([[0.2, -0.1]]), np.array([[2.0, 0.0, 1.0, 0.0]])

    g, variance = prior.others(mean, votes)

    answers = np.array([[1, 1], [1, 1], [-1, -1]]) - prior.offset - prior.gain * mean
    precision = 1 / 0.4 + 3 / prior.typical_listener
    assert variance == pytest.approx([1 / precision])
    assert g == pytest.approx((answers.sum(axis=0) / prior.typical_listener / precision)[None])


def consistent(shared, n_answers, *, seed=0):
    """Answers of somebody who goes by the sound alone."""
    rows = rows_of(n_answers, seed=seed)
    y = np.array([int((SIGNS @ row[4:6]).argmax()) for row in rows])
    return learn(shared, rows, SIGNS[y], y), rows, y


def test_a_listeners_place_is_the_posterior_by_hand():
    shared = gaussian()
    model, rows, y = consistent(shared, 12)
    prior, ask = shared.prior, rows_of(7, seed=9)
    design = np.hstack([np.ones((12, 1)), rows[:, 4:]]).astype(float)
    weights = prior.weights(N_COMPONENTS)
    noise = prior.noise + prior.shared
    covariance = design * weights @ design.T + noise * np.eye(12)
    to = np.hstack([np.ones((7, 1)), ask[:, 4:]]).astype(float)
    cross = to * weights @ design.T
    mean = prior.gain * ask[:, :2] + cross @ np.linalg.solve(
        covariance, SIGNS[y] - prior.gain * rows[:, :2]
    )
    variance = (
        noise + (to * weights * to).sum(1) - np.diag(cross @ np.linalg.solve(covariance, cross.T))
    )

    placed = model.place(ask, no_votes(ask))

    assert model.is_used
    assert placed.mean == pytest.approx(mean, abs=1e-5)
    assert placed.variance == pytest.approx(variance, abs=1e-5)


def test_evidence_is_what_foretelling_from_the_others_gains():
    shared = gaussian()
    model, rows, y = consistent(shared, 8)

    reply = predict_points(shared, rows, SIGNS[y])

    at_hand = (np.arange(8), y)
    gained = np.log(reply.personal[at_hand]).sum() - np.log(reply.population[at_hand]).sum()
    assert model.evidence == pytest.approx(gained)
    assert gained > 0


def test_sets_go_by_the_listeners_own_answers_once_there_are_enough():
    shared = gaussian()

    few, *_ = consistent(shared, ENOUGH - 1)
    enough, *_ = consistent(shared, ENOUGH)

    assert (few.limits == shared.limits[1]).all()
    assert enough.limits[0] != shared.limits[1, 0]
    assert enough.limits[1] == shared.limits[1, 1]
    assert (shared.population_model.limits == shared.limits[0]).all()


def test_points_are_measured_by_the_listeners_own_distance_from_the_axes():
    points = np.array([[0.9, 0.1], [-0.3, -0.1]])

    assert measured(points) == pytest.approx(np.array([[1.5, 1], [-0.5, -1]]))
