"""Listeners drawn from the logistic model, for tests of what is learnt from many of them."""

import numpy as np

from models.emotion import N_QUADRANTS, softmax
from models.personal.logistic.evidence import StudyEvidence
from models.personal.logistic.prequential import AnswerLog
from models.personal.logistic.prior import Prior

TRUE = Prior(kappa=4.0, gamma=0.7, tau=0.5, omega=0.3)
N_COMPONENTS = 3


def simulated(n_listeners: int, n_each: int, seed: int = 0, prior: Prior = TRUE) -> StudyEvidence:
    """Return answers drawn from the model, some of them about tracks that nobody voted on."""
    rng = np.random.default_rng(seed)
    n = n_listeners * n_each
    log_p0 = np.log(rng.dirichlet(np.full(N_QUADRANTS, 0.7), n) + 1e-3)
    log_p0 -= np.log(np.exp(log_p0).sum(axis=1, keepdims=True))
    phi = rng.normal(size=(n, N_COMPONENTS)) / np.sqrt(N_COMPONENTS)
    n_votes = rng.integers(0, 13, n)
    others = rng.multinomial(n_votes, rng.dirichlet(np.ones(N_QUADRANTS), n)).astype(np.float64)
    level = rng.normal(scale=np.sqrt(prior.tau), size=(n_listeners, 1, N_QUADRANTS))
    taste = rng.normal(scale=np.sqrt(prior.omega), size=(n_listeners, N_COMPONENTS, N_QUADRANTS))
    bent = level + phi.reshape(n_listeners, n_each, -1) @ taste
    proba = softmax(prior.item(log_p0, others) + bent.reshape(n, N_QUADRANTS))
    y = np.eye(N_QUADRANTS)[[rng.choice(N_QUADRANTS, p=row) for row in proba]]
    return StudyEvidence(np.repeat(np.arange(n_listeners), n_each), log_p0, phi, y, others[None])


def logged(n_listeners: int, n_each: int, seed: int = 0, prior: Prior = TRUE) -> AnswerLog:
    """Return the same as a log in which listeners take turns; each answer has its own track."""
    drawn = simulated(n_listeners, n_each, seed, prior)
    turns = np.arange(len(drawn.e)).reshape(n_listeners, n_each).T.ravel()
    return AnswerLog(
        listener=drawn.listener[turns],
        track=np.arange(len(turns)),
        log_p0=drawn.log_p0[turns],
        phi=drawn.phi[turns],
        e=drawn.e[turns],
        frozen=drawn.others[0, turns],
    )
