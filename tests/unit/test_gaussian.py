"""The Gaussian model, a baseline of the experiments, against formulas written out in full."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from models.emotion import N_QUADRANTS, SIGNS, Quadrant
from models.personal.logistic import Components
from models.prediction_sets import ENOUGH
from training.experiments.gaussian.listener import Gaussian, learn, predict_points
from training.experiments.gaussian.points import measured
from training.experiments.gaussian.posterior import condition
from training.experiments.gaussian.prior import Prior
from training.experiments.gaussian.quadrants import quadrant_proba
from training.experiments.gaussian.track_features import track_features

N_COMPONENTS = 2


def gaussian() -> Gaussian:
    """What listeners share in these tests."""
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


@pytest.mark.parametrize("n_answers", [2, 5, 40])
def test_posterior_is_that_of_function_space(n_answers):
    prior, design, residual, noise = drawn(n_answers, seed=1)
    covariance = design @ np.diag(prior) @ design.T + np.diag(noise)

    found = condition(prior, design, residual, noise)

    solved = np.linalg.solve(covariance, residual)
    assert found.mean == pytest.approx(prior[:, None] * (design.T @ solved))
    told = multivariate_normal(np.zeros(n_answers), covariance).logpdf(residual.T).sum()
    assert found.log_evidence == pytest.approx(told)


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


def test_a_temperature_flattens_and_keeps_the_order():
    mean, variance = np.random.default_rng(0).normal(size=(50, 2)), np.ones(50)

    sharp, flat = (quadrant_proba(mean, variance, temperature) for temperature in (1.0, 3.0))

    assert flat.sum(axis=1) == pytest.approx(1)
    assert (sharp.argmax(axis=1) == flat.argmax(axis=1)).all()
    assert (flat.max(axis=1) < sharp.max(axis=1)).all()
    by_hand = sharp ** (1 / 3) / (sharp ** (1 / 3)).sum(axis=1, keepdims=True)
    assert flat == pytest.approx(by_hand)


@pytest.mark.parametrize("z", [-40.0, 40.0])
def test_the_far_tails_stay_probabilities(z):
    proba = quadrant_proba(np.array([[z, z]]), np.ones(1), 0.8)

    assert np.isfinite(proba).all()
    assert proba.sum() == pytest.approx(1)


def test_votes_are_a_normal_mean_under_normal_noise():
    prior = Prior(
        np.array([0.1, -0.3]),
        np.array([0.5, 2.0]),
        shared=0.4,
        level=0.1,
        taste=0.2,
        noise=0.7,
    )
    mean, votes = np.array([[0.2, -0.1]]), np.array([[2.0, 0.0, 1.0, 0.0]])

    g, variance = prior.others(mean, votes)

    answers = np.array([[1, 1], [1, 1], [-1, -1]]) - prior.offset - prior.gain * mean
    precision = 1 / 0.4 + 3 / prior.typical_listener
    assert variance == pytest.approx([1 / precision])
    assert g == pytest.approx((answers.sum(axis=0) / prior.typical_listener / precision)[None])


def test_without_votes_nothing_is_known_of_what_is_shared():
    prior = gaussian().prior

    g, variance = prior.others(np.ones((3, 2)), np.zeros((3, N_QUADRANTS)))

    assert (g == 0).all()
    assert variance == pytest.approx([prior.shared] * 3)


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


def test_who_contradicts_themselves_is_told_what_everybody_is():
    shared = gaussian()
    rows = np.repeat(rows_of(15), 2, axis=0)
    y = np.tile([Quadrant.Q1.index, Quadrant.Q3.index], 15)

    model = learn(shared, rows, SIGNS[y], y)

    assert not model.is_used
    ask = rows_of(5, seed=3)
    mine, nobodys = (m.place(ask, no_votes(ask)) for m in (model, shared.population_model))
    assert (mine.mean == nobodys.mean).all()
    assert (mine.variance == nobodys.variance).all()
    assert model.n_labels == 30


def test_evidence_is_what_foretelling_from_the_others_gains():
    shared = gaussian()
    model, rows, y = consistent(shared, 8)

    told = predict_points(shared, rows, SIGNS[y])

    at_hand = (np.arange(8), y)
    gained = np.log(told.personal[at_hand]).sum() - np.log(told.population[at_hand]).sum()
    assert model.evidence == pytest.approx(gained)
    assert gained > 0


def test_level_is_learnt_before_taste():
    """Whoever always says the same has a level; the components explain nothing of it."""
    shared = gaussian()
    rows = rows_of(40, seed=5)
    y = np.full(40, Quadrant.Q3.index)

    model = learn(shared, rows, SIGNS[y], y)

    level, taste = model.taught.weight[0], model.taught.weight[1:]
    assert (level < -0.5).all()
    assert np.abs(taste).max() < np.abs(level).min()


def test_sets_go_by_the_listeners_own_answers_once_there_are_enough():
    shared = gaussian()

    few, *_ = consistent(shared, ENOUGH - 1)
    enough, *_ = consistent(shared, ENOUGH)

    assert (few.limits == shared.limits[1]).all()
    assert enough.limits[0] != shared.limits[1, 0]
    assert enough.limits[1] == shared.limits[1, 1]
    assert (shared.population_model.limits == shared.limits[0]).all()


def test_a_track_with_votes_has_a_smaller_set():
    """Of two tracks called alike, what others said of one is surer."""
    shared = replace(gaussian(), limits=np.array([[0.9, 0.5], [0.9, 0.5]]))
    votes = np.array([[0.0, 0, 0, 0], [0, 3, 0, 0]])

    sets = shared.population_model.sets(np.tile([0.5, 0.3, 0.1, 0.1], (2, 1)), votes)

    assert sets.tolist() == [[True, True, True, True], [True, False, False, False]]


def test_points_are_measured_by_the_listeners_own_distance_from_the_axes():
    points = np.array([[0.9, 0.1], [-0.3, -0.1]])

    assert measured(points) == pytest.approx(np.array([[1.5, 1], [-0.5, -1]]))


def test_points_on_an_axis_say_nothing_of_it():
    assert (measured(np.array([[0.0, 0.4]])) == [[0, 1]]).all()


def test_what_listeners_share_is_stored_but_for_the_components():
    shared = gaussian()

    again = Gaussian.from_arrays(shared.to_arrays(), shared.components)

    assert again.to_arrays().keys() == shared.to_arrays().keys()
    for name, array in shared.to_arrays().items():
        np.testing.assert_array_equal(again.to_arrays()[name], array)


def test_a_wider_level_is_learnt_faster():
    shared = gaussian()
    wider = replace(shared, prior=replace(shared.prior, level=4 * shared.prior.level))
    rows, y = rows_of(2), np.array([2, 2])

    slow, fast = (
        condition(
            s.prior.weights(N_COMPONENTS),
            np.hstack([np.ones((2, 1)), rows[:, 4:]]).astype(float),
            SIGNS[y] - s.prior.gain * rows[:, :2],
            np.full(2, 1.0),
        )
        for s in (shared, wider)
    )

    assert np.abs(fast.mean[0]).min() > np.abs(slow.mean[0]).max() / 4
    assert (np.abs(fast.mean[0]) > np.abs(slow.mean[0])).all()
