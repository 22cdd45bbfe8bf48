"""Listeners who answer points: the Gaussian model learns these, and nothing that is judged."""

from dataclasses import replace

import numpy as np
import pytest

from models.emotion import SIGNS
from models.votes import soft_votes
from tests import studies
from training.datasets.listeners import FeatureTable, ListenerLabels, Study
from training.datasets.tracks import quadrants_at
from training.experiments.few_labels import gaussian
from training.experiments.few_labels.loading import Experiment, open_context, open_peers
from training.experiments.few_labels.peers import group_of
from training.experiments.few_labels.plan import Protocol
from training.experiments.gaussian import listener as model
from training.experiments.gaussian.fit import Opinions, fit_prior
from training.experiments.gaussian.points import measured_each
from training.experiments.gaussian.prior import Prior
from training.experiments.gaussian.track_features import track_features
from training.members.components import fit_components

WHO = "listener 1"
PROTOCOL = Protocol("small", n_labels=(0, 4, 12), algorithms=("gnb", "sgd"))


def _study(points):
    """The small study; what is given are its labels' points, as a function of their signs."""
    study = studies.study()
    at = points(SIGNS[study.labels.y])
    return replace(study, labels=replace(study.labels, points=at))


def _scattered(signs):
    return signs * np.random.default_rng(0).uniform(0.05, 1, signs.shape)


class Always(gaussian.Gaussian):
    """The model that uses a listener's answers, whatever evidence they give."""

    needed = -np.inf


def _context(study):
    return open_context(Experiment(study, PROTOCOL), WHO, 0)[0]


def _made(method, study, listener=WHO):
    """The method, with what it learns of others, and what it is made in."""
    experiment = Experiment(study, PROTOCOL)
    peers = open_peers(experiment, group_of(listener, PROTOCOL.seed))
    context, judged = open_context(experiment, listener, 0)
    return method(context, gaussian.learn([peers])), context, judged


def _said(method, study, n_asked=12):
    made, context, _ = _made(method, study)
    return made.answer(context.order[:n_asked], context.crowds[0]).proba


def test_quadrants_are_points_one_unit_from_both_axes():
    without, on_the_diagonals = studies.study(), _study(lambda signs: signs * 0.25)

    np.testing.assert_array_equal(_said(Always, without), _said(Always, on_the_diagonals))


def test_how_far_a_listener_answers_is_measured_by_their_own_points():
    def wide(signs):
        mine = np.array(studies.study().labels.listeners) == WHO
        return _scattered(signs) * np.where(mine, 1.0, 0.25)[:, None]

    np.testing.assert_allclose(
        _said(Always, _study(_scattered)), _said(Always, _study(wide)), atol=1e-9
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
        made, context, judged = _made(Always, study, listener)
        proba = made.answer(context.order, context.crowds[0]).proba
        return np.log(proba[np.arange(len(judged.y)), judged.y]).mean()

    gains = [likelihood(points, who) - likelihood(quadrants, who) for who in listeners]

    assert np.mean(gains) > 0.05, gains


def test_others_in_the_middle_move_a_track_to_the_middle():
    prior = Prior(np.zeros(2), np.ones(2), shared=1, level=0.1, taste=0.1, noise=0.2)
    mean, votes = np.array([[0.8, 0.8]]), np.array([[12.0, 0, 0, 0]])

    by_quadrant, _ = prior.others(mean, votes)
    by_point, _ = prior.others(mean, votes, np.zeros((1, 2)))

    assert (mean + by_quadrant > 0.9).all()
    assert (np.abs(mean + by_point) < 0.05).all()


def test_others_points_are_summed_by_track():
    context = _context(_study(_scattered))
    labels, population = context.study.labels, context.population
    whose = np.unique(np.array(labels.listeners)[population], return_inverse=True)[1]
    given = measured_each(labels.points[population], whose)
    tracks = context.study.track_places[population]
    crowd = context.crowds[0]

    for row, place in enumerate(context.places):
        np.testing.assert_allclose(crowd.totals[row], given[tracks == place].sum(axis=0))
        soft = soft_votes(labels.points[population[tracks == place]])
        assert (crowd.soft[row] == soft.sum(axis=0)).all()


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

    by_quadrant = fit_prior(told)
    by_point = fit_prior(replace(told, points=SIGNS[y]))
    shorter = fit_prior(replace(told, points=SIGNS[y] * 0.5))

    assert by_point.noise == by_quadrant.noise
    assert by_point.gain.tolist() == by_quadrant.gain.tolist()
    assert shorter.noise == pytest.approx(by_quadrant.noise / 4)
    assert shorter.gain == pytest.approx(by_quadrant.gain / 2)


def test_answers_that_were_held_impossible_are_learnt():
    prior = Prior(np.zeros(2), np.ones(2), 1e-9, 1e-9, 1e-9, 1e-9)
    components = fit_components(np.random.default_rng(0).normal(size=(20, 2)))
    shared = model.Gaussian(prior, components, 1.0, np.ones((2, 2)))
    rows = track_features(np.eye(4)[:2], np.zeros((2, 2)))

    listener = model.learn(shared, rows, SIGNS[[2, 3]], np.array([2, 3]), needed=-np.inf)

    assert np.isfinite(listener.evidence)
    assert listener.n_labels == 2


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
    made, context, _ = _made(Always, _study(_scattered))
    asked = context.order[:4]
    other = context.points.copy()
    other[np.setdiff1d(np.arange(context.n_pool), asked)] = np.nan
    blind = Always(replace(context, points=other), made.model(asked).shared.to_arrays())

    said = [one.answer(asked, context.crowds[0]).proba for one in (made, blind)]

    assert np.isfinite(said[0]).all()
    np.testing.assert_array_equal(*said)
