"""What a listener's models must beat."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS
from training.simulate.plan import Protocol
from training.simulate.results import BASELINES, Baselines
from training.simulate.seeds import generator
from training.simulate.start import Start

_PRIOR_VOTES = 1.0  # how many votes the prior is worth on a track


def baselines(start: Start, protocol: Protocol) -> Baselines:
    """Return the baselines of a listener's split: majority, population, others, own."""
    rng = generator(protocol.seed, start.listener, start.split, "own")
    order = rng.permutation(start.n_pool)
    n_labels = np.minimum(protocol.n_queries * np.arange(protocol.n_rounds + 1), start.n_pool)
    unchanging = [_majority(start), _population(start), _others(start)]
    rounds = [np.stack([*unchanging, _own(start, order[:n])]) for n in n_labels]
    return Baselines(
        listener=start.listener,
        split=start.split,
        judged=start.judged,
        n_labels=n_labels,
        names=list(BASELINES),
        proba=np.stack(rounds).astype(np.float32),
    )


def _majority(start: Start) -> Proba:
    """Return how frequent the quadrants are among the others' labels, whatever the track."""
    return np.tile(start.prior, (len(start.judged.y), 1))


def _population(start: Start) -> Proba:
    """Return what the shared committee says."""
    committee = start.committee
    said = [start.raw[name] / committee.temperatures[name] for name in committee.families]
    return committee.consensus(np.concatenate(said)[:, start.n_pool :])


def _others(start: Start) -> Proba:
    """Return how others labelled the very track; of cold tracks that is not known."""
    votes = start.votes[start.n_pool :]
    total = votes.sum(axis=1, keepdims=True) + _PRIOR_VOTES
    return np.asarray((votes + _PRIOR_VOTES * start.prior) / total)


def _own(start: Start, asked: IntVector) -> NDArray[np.float64]:
    """Return what a logistic regression on the listener's own answers alone says."""
    test, y = start.x[start.n_pool :], start.y[asked]
    proba = np.full((len(test), N_QUADRANTS), 1.0 / N_QUADRANTS)
    if len(np.unique(y)) > 1:
        # The pool's features are known before any answer is.
        scaler = StandardScaler().fit(start.x[: start.n_pool])
        model = LogisticRegression(max_iter=500).fit(scaler.transform(start.x[asked]), y)
        proba[:] = 0.0
        proba[:, model.classes_] = model.predict_proba(scaler.transform(test))
    elif len(y):
        proba = np.tile(np.eye(N_QUADRANTS)[y[0]], (len(test), 1))
    return proba
