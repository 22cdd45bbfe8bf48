"""MAP logistic regression on top of the population, and the prior it learns from others."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from models.emotion import softmax
from training.experiments.few_labels.map_logistic import (
    Listener,
    Prior,
    _padded,
    covariance,
)
from training.experiments.few_labels.multinomial import find_mode

N_FEATURES = 3


def listener(n, rng, *, taste=0.5, level=0.5):
    """Somebody whose weights are drawn, and who answers accordingly."""
    z = rng.normal(size=(n, N_FEATURES))
    offset = rng.normal(size=(n, 4))
    weights = rng.normal(scale=np.sqrt(taste), size=(N_FEATURES, 4))
    logits = offset + z @ weights / np.sqrt(N_FEATURES) + rng.normal(scale=np.sqrt(level), size=4)
    y = (softmax(logits).cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return Listener(z, y, offset)


@pytest.fixture(name="rng")
def _rng():
    return np.random.default_rng(0)


def log_joint(flat, one, prior):
    """Log of likelihood and prior density, over weights (and the level), as it is written."""
    weights = flat.reshape(N_FEATURES + 1, 4)
    z = np.column_stack([one.z / np.sqrt(N_FEATURES), np.ones(len(one.y))])
    proba = softmax(one.offset + z @ weights)
    variance = np.append(np.full(N_FEATURES, prior.taste), prior.level)[:, None]
    density = -0.5 * (weights**2 / variance + np.log(2 * np.pi * variance)).sum()
    return np.log(proba[np.arange(len(one.y)), one.y]).sum() + density


@pytest.mark.parametrize("prior", [Prior(0.3, 0.6), Prior(5.0, 0.01), Prior(0.01, 20.0)])
def test_mode_and_evidence_are_those_of_the_weights(rng, prior):
    one = listener(12, rng)
    found = minimize(lambda flat: -log_joint(flat, one, prior), np.zeros(16), method="BFGS")
    by_weights = found.x.reshape(4, 4)

    mode = find_mode(_padded([one]).under(prior))

    new = rng.normal(size=(5, N_FEATURES))
    change = covariance(new, one.z, prior) @ mode.dual[0]
    z = np.column_stack([new / np.sqrt(N_FEATURES), np.ones(5)])
    np.testing.assert_allclose(change, z @ by_weights, atol=1e-3)

    def gradient(flat):
        return approx_fprime(flat, lambda at: -log_joint(at, one, prior), 1e-5)

    curvature = np.stack(
        [
            (gradient(found.x + step) - gradient(found.x - step)) / 2e-3
            for step in 1e-3 * np.eye(16)
        ]
    )
    laplace = -found.fun + 8 * np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(curvature)[1]
    assert mode.log_evidence[0] == pytest.approx(laplace, abs=0.02)


def test_listeners_beside_one_another_do_not_matter_to_each_other(rng):
    several = [listener(n, rng) for n in (3, 20, 11)]
    prior = Prior(0.5, 0.5)

    together = find_mode(_padded(several).under(prior))

    for row, one in enumerate(several):
        alone = find_mode(_padded([one]).under(prior))
        assert together.log_evidence[row] == pytest.approx(alone.log_evidence[0], abs=1e-4)
        np.testing.assert_allclose(together.dual[row, : len(one.y)], alone.dual[0], atol=1e-3)
        assert (together.dual[row, len(one.y) :] == 0).all()
