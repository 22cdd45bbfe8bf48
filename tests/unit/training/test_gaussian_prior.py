"""What is learnt of listeners: known variances are found again, and nothing leaks."""

from dataclasses import replace

import numpy as np
from scipy.stats import multivariate_normal

from models.emotion import SIGNS
from models.prediction_sets import prediction_sets
from training.experiments.gaussian.fit import Opinions, fit_gaussian, fit_prior
from training.experiments.gaussian.listener import learn
from training.experiments.gaussian.prior import Prior
from training.members.components import fit_components
from training.metrics import ece, score

N_TRACKS, N_LISTENERS, N_ANSWERS, N_COMPONENTS = 150, 60, 60, 3


def opinions(*, level, taste, shared=0.2, seed=0, n_listeners=N_LISTENERS):
    """Listeners of the model itself, who say in which quadrant the point lies."""
    rng = np.random.default_rng(seed)
    phi = rng.normal(size=(N_TRACKS, N_COMPONENTS)) / np.sqrt(N_COMPONENTS)
    proba = rng.dirichlet(np.ones(4), N_TRACKS)
    g = rng.normal(size=(N_TRACKS, 2)) * np.sqrt(shared)
    listener = np.repeat(np.arange(n_listeners), N_ANSWERS)
    track = np.concatenate([rng.permutation(N_TRACKS)[:N_ANSWERS] for _ in range(n_listeners)])
    b = rng.normal(size=(n_listeners, 2)) * np.sqrt(level)
    w = rng.normal(size=(n_listeners, N_COMPONENTS, 2)) * np.sqrt(taste)
    told = proba @ SIGNS + g
    points = told[track] + b[listener] + np.einsum("nc,nca->na", phi[track], w[listener])
    points += rng.normal(size=points.shape) * 0.6
    y = (SIGNS @ np.sign(points).T).argmax(axis=0)
    return Opinions(listener, track, y, proba[track], phi[track])


def composite(told: Opinions, prior: Prior) -> float:
    """The log-likelihood, listener by listener, with votes counted anew for each."""
    total = 0.0
    for who in np.unique(told.listener):
        own, others = told.listener == who, told.listener != who
        votes = np.zeros((own.sum(), 4))
        for row, track in enumerate(told.track[own]):
            votes[row] = np.bincount(told.y[others & (told.track == track)], minlength=4)
        mean = told.rows[own, :2].astype(float)
        g, open_question = prior.others(mean, votes)
        phi = told.rows[own, 4:].astype(float)
        covariance = prior.level + prior.taste * phi @ phi.T
        covariance += np.diag(prior.noise + open_question)
        left = SIGNS[told.y[own]] - prior.expected(mean) - g
        zero = np.zeros(own.sum())
        total += sum(multivariate_normal(zero, covariance).logpdf(axis) for axis in left.T)
    return total


def test_the_prior_is_the_likeliest():
    told = opinions(level=0.2, taste=0.3, n_listeners=15)
    prior = fit_prior(told)
    best = composite(told, prior)

    for name in ("shared", "level", "taste", "noise", "gain"):
        for factor in (0.6, 1.6):
            other = replace(prior, **{name: factor * getattr(prior, name)})
            assert composite(told, other) < best, name
    for step in (-0.1, 0.1):
        assert composite(told, replace(prior, offset=prior.offset + step)) < best


def test_foretold_distributions_mean_what_they_say():
    """Learnt from some listeners, judged on others."""
    told = opinions(level=0.2, taste=0.3)
    shared = fit_gaussian(told, components_of(), fit_prior(told))
    fresh = opinions(level=0.2, taste=0.3, seed=1)
    half = N_ANSWERS // 2
    proba, y, held = [], [], []
    for own in fresh.by_listener:
        model = learn(
            shared, fresh.rows[own[:half]], SIGNS[fresh.y[own[:half]]], fresh.y[own[:half]]
        )
        told = model.proba(model.place(fresh.rows[own[half:]], np.zeros((half, 4))))
        sets = prediction_sets(told, model.limits[0])
        held.append(sets[np.arange(half), fresh.y[own[half:]]])
        proba.append(told)
        y.append(fresh.y[own[half:]])

    assert score(ece, np.concatenate(y), np.concatenate(proba)) < 0.06
    assert 0.75 < np.concatenate(held).mean() < 0.87


def components_of():
    return fit_components(np.random.default_rng(0).normal(size=(50, N_COMPONENTS)))
