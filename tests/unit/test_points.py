"""Listeners who answer points: the Gaussian model learns these, and nothing that is judged."""

from dataclasses import replace

import numpy as np
import pytest

from models.emotion import SIGNS
from models.personal.gaussian import Gaussian as SharedGaussian
from models.personal.gaussian import Prior, learn, sketches
from tests import studies
from training.datasets.listeners import FeatureTable, ListenerLabels, Study
from training.datasets.tracks import quadrants_at
from training.experiments.few_labels.gaussian import Gaussian, GaussianAlways
from training.experiments.few_labels.plan import Protocol
from training.experiments.few_labels.run import Experiment, open_context
from training.prior import Opinions, fit_components, fit_prior

WHO = "listener 1"
PROTOCOL = Protocol("small", n_labels=(0, 4, 12), algorithms=("gnb", "sgd"))


def _study(points):
    """The small study; what is given are its labels' points, as a function of their signs."""
    study = studies.study()
    at = points(SIGNS[study.labels.y])
    return replace(study, labels=replace(study.labels, points=at))


def _scattered(signs):
    return signs * np.random.default_rng(0).uniform(0.05, 1, signs.shape)


def _context(study):
    return open_context(Experiment(study, PROTOCOL), WHO, 0)[0]


def _said(method, study, n_asked=12):
    context = _context(study)
    return method(context).answer(context.order[:n_asked]).proba


def test_quadrants_are_points_one_unit_from_both_axes():
    without, on_the_diagonals = studies.study(), _study(lambda signs: signs * 0.25)

    np.testing.assert_array_equal(
        _said(GaussianAlways, without), _said(GaussianAlways, on_the_diagonals)
    )


def test_how_far_a_listener_answers_is_measured_by_their_own_points():
    def wide(signs):
        mine = np.array(studies.study().labels.listeners) == WHO
        return _scattered(signs) * np.where(mine, 1.0, 0.25)[:, None]

    np.testing.assert_allclose(
        _said(GaussianAlways, _study(_scattered)), _said(GaussianAlways, _study(wide)), atol=1e-9
    )


def test_points_say_more_than_their_quadrants():
    """Listeners of tastes of their own, who answer exactly: a point tells more of a taste."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 4)).astype(np.float32)
    names = [f"t{place}" for place in range(80)]
    listeners = [f"listener {who}" for who in range(5)]
    at = np.concatenate(
        [
            np.tanh(0.4 * x @ rng.normal(size=(4, 2)) + rng.normal(0, 0.1, (80, 2)))
            for _ in range(5)
        ]
    )
    labels = ListenerLabels(np.repeat(listeners, 80).tolist(), names * 5, quadrants_at(*at.T), at)
    points = Study("tastes", labels, FeatureTable(names, names, x))
    quadrants = replace(points, labels=replace(labels, points=None))

    def likelihood(study, listener):
        context, judged = open_context(Experiment(study, PROTOCOL), listener, 0)
        proba = GaussianAlways(context).answer(context.order).proba
        return np.log(proba[np.arange(len(judged.y)), judged.y]).mean()

    gains = [likelihood(points, who) - likelihood(quadrants, who) for who in listeners]

    assert np.mean(gains) > 0.05, gains


def test_others_in_the_middle_move_a_track_to_the_middle():
    prior = Prior(np.ones(2), np.zeros(2), np.ones(2), shared=1, level=0.1, taste=0.1, noise=0.2)
    mean, votes = np.array([[0.8, 0.8]]), np.array([[12.0, 0, 0, 0]])

    by_quadrant, _ = prior.others(mean, votes)
    by_point, _ = prior.others(mean, votes, np.zeros((1, 2)))

    assert (mean + by_quadrant > 0.9).all()
    assert (np.abs(mean + by_point) < 0.05).all()


def test_others_points_are_summed_by_track():
    context = _context(_study(_scattered))
    near = replace(context.study.labels, points=context.study.labels.points.copy())
    population = context.population
    tracks = context.study.track_places[population]
    judged = context.places[context.n_pool :]
    known = np.isin(tracks, judged)
    near.points[population[known]] = np.abs(near.points[population[known]])
    moved = replace(context, study=replace(context.study, labels=near))

    before, after = (Gaussian(one).answer(context.order[:0]).proba for one in (context, moved))

    is_known = np.isin(judged, tracks)
    assert (after[is_known, 0] >= before[is_known, 0] - 0.05).all()
    assert after[is_known, 0].mean() > before[is_known, 0].mean()


def test_the_prior_of_signs_is_that_of_quadrants():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 60)
    told = Opinions(
        np.repeat(np.arange(6), 10),
        np.tile(np.arange(10), 6),
        y,
        rng.dirichlet(np.ones(4), 10)[np.tile(np.arange(10), 6)],
        rng.normal(size=(10, 2))[np.tile(np.arange(10), 6)],
    )

    by_quadrant = fit_prior(told, np.ones(2))
    by_point = fit_prior(replace(told, points=SIGNS[y]), np.ones(2))
    shorter = fit_prior(replace(told, points=SIGNS[y] * 0.5), np.ones(2))

    assert by_point.noise == by_quadrant.noise
    assert by_point.gain.tolist() == by_quadrant.gain.tolist()
    assert shorter.noise == pytest.approx(by_quadrant.noise / 4)
    assert shorter.gain == pytest.approx(by_quadrant.gain / 2)


def test_answers_that_were_held_impossible_are_learnt():
    prior = Prior(np.ones(2), np.zeros(2), np.ones(2), 1e-9, 1e-9, 1e-9, 1e-9)
    components = fit_components(np.random.default_rng(0).normal(size=(20, 2)))
    shared = SharedGaussian(prior, components, 1.0, np.ones((2, 2)))
    rows = sketches(np.eye(4)[:2], np.zeros((2, 2)))

    model = learn(shared, rows, SIGNS[[2, 3]], np.array([2, 3]), needed=-np.inf)

    assert np.isfinite(model.evidence)
    assert model.n_labels == 2


def test_a_listeners_points_are_hidden_but_for_the_pools():
    study = _study(_scattered)
    context = _context(study)
    mine = np.array(study.labels.listeners) == WHO

    assert np.isnan(context.study.labels.points[mine]).all()
    assert np.isfinite(context.study.labels.points[~mine]).all()
    assert context.points.shape == (context.n_pool, 2)
    assert (quadrants_at(*context.points.T) == context.y).all()


def test_without_points_a_context_has_none():
    context = _context(studies.study())

    assert context.points is None
    assert context.study.labels.points is None


def test_a_model_looks_only_at_the_points_it_is_told():
    context = _context(_study(_scattered))
    asked = context.order[:4]
    other = context.points.copy()
    other[np.setdiff1d(np.arange(context.n_pool), asked)] = np.nan

    said = [
        GaussianAlways(one).answer(asked).proba
        for one in (context, replace(context, points=other))
    ]

    assert np.isfinite(said[0]).all()
    np.testing.assert_array_equal(*said)
