"""Listeners who answer points: the Gaussian model learns these, and nothing that is judged."""

from dataclasses import replace

import numpy as np

from models.emotion import SIGNS
from models.votes import soft_votes
from tests import small_studies
from training.datasets.tracks import quadrants_at
from training.experiments.few_labels import gaussian
from training.experiments.few_labels.loading import Experiment, open_context, open_peers
from training.experiments.few_labels.peers import group_of
from training.experiments.few_labels.plan import Protocol
from training.experiments.gaussian.points import measured_each

WHO = "listener 1"
PROTOCOL = Protocol("small", n_labels=(0, 4, 12), algorithms=("gnb", "sgd"))


def _study(points):
    """The small study; what is given are its labels' points, as a function of their signs."""
    study = small_studies.study()
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
    without, on_the_diagonals = small_studies.study(), _study(lambda signs: signs * 0.25)

    np.testing.assert_array_equal(_said(Always, without), _said(Always, on_the_diagonals))


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


def test_a_listeners_points_are_hidden_but_for_the_pools():
    study = _study(_scattered)
    context = _context(study)
    mine = np.array(study.labels.listeners) == WHO

    assert np.isnan(context.study.labels.points[mine]).all()
    assert np.isfinite(context.study.labels.points[~mine]).all()
    assert context.points.shape == (context.n_pool, 2)
    assert (quadrants_at(*context.points.T) == context.y).all()


def test_a_model_looks_only_at_the_points_it_is_told():
    made, context, _ = _made(Always, _study(_scattered))
    asked = context.order[:4]
    other = context.points.copy()
    other[np.setdiff1d(np.arange(context.n_pool), asked)] = np.nan
    blind = Always(replace(context, points=other), made.model(asked).shared.to_arrays())

    said = [one.answer(asked, context.crowds[0]).proba for one in (made, blind)]

    assert np.isfinite(said[0]).all()
    np.testing.assert_array_equal(*said)
