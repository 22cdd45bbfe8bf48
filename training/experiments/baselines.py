"""What a listener's models must beat."""

import typing

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from models.arrays import FloatMatrix, IntVector, Proba, Votes
from models.emotion import N_QUADRANTS
from training.experiments.active_learning.plan import Protocol
from training.experiments.active_learning.results import BASELINES, Baselines
from training.experiments.seeds import generator
from training.experiments.start import Start

_PRIOR_VOTES = 1.0  # how many votes the prior is worth on a track


class Known(typing.Protocol):
    """What baselines without a committee read of a listener's tracks, the pool first."""

    @property
    def n_pool(self) -> int:
        """How many of the tracks may be asked about; the others are judged."""
        ...

    @property
    def x(self) -> FloatMatrix:
        """Features ``(n_tracks, n_features)``."""
        ...

    @property
    def y(self) -> IntVector:
        """What the listener says, of the pool at least, as class indices."""
        ...

    @property
    def votes(self) -> Votes:
        """Other listeners' labels ``(n_tracks, n_quadrants)``."""
        ...

    @property
    def prior(self) -> Votes:
        """How frequent the quadrants are among these ``(n_quadrants,)``."""
        ...


def baselines(start: Start, protocol: Protocol) -> Baselines:
    """Return the baselines of a listener's split: majority, population, others, own."""
    rng = generator(protocol.seed, start.listener, start.split, "own")
    order = rng.permutation(start.n_pool)
    n_labels = np.minimum(protocol.n_queries * np.arange(protocol.n_rounds + 1), start.n_pool)
    unchanging = [majority(start), population(start), others(start)]
    rounds = [np.stack([*unchanging, own(start, order[:n])]) for n in n_labels]
    return Baselines(
        listener=start.listener,
        split=start.split,
        judged=start.judged,
        n_labels=n_labels,
        names=list(BASELINES),
        proba=np.stack(rounds).astype(np.float32),
    )


def majority(known: Known) -> Proba:
    """Return how frequent the quadrants are among the others' labels, whatever the track."""
    return np.tile(known.prior, (len(known.x) - known.n_pool, 1))


def population(start: Start) -> Proba:
    """Return what the shared committee says."""
    committee = start.committee
    said = [start.raw[name] / committee.temperatures[name] for name in committee.families]
    return committee.consensus(np.concatenate(said)[:, start.n_pool :])


def others(known: Known) -> Proba:
    """Return how others labelled the very track; of cold tracks that is not known."""
    votes = known.votes[known.n_pool :]
    total = votes.sum(axis=1, keepdims=True) + _PRIOR_VOTES
    return np.asarray((votes + _PRIOR_VOTES * known.prior) / total)


def own(known: Known, asked: IntVector) -> NDArray[np.float64]:
    """Return what a logistic regression on the listener's own answers alone says."""
    test, y = known.x[known.n_pool :], known.y[asked]
    proba = np.full((len(test), N_QUADRANTS), 1.0 / N_QUADRANTS)
    if len(np.unique(y)) > 1:
        # The pool's features are known before any answer is.
        scaler = StandardScaler().fit(known.x[: known.n_pool])
        model = LogisticRegression(max_iter=500).fit(scaler.transform(known.x[asked]), y)
        proba[:] = 0.0
        proba[:, model.classes_] = model.predict_proba(scaler.transform(test))
    elif len(y):
        proba = np.tile(np.eye(N_QUADRANTS)[y[0]], (len(test), 1))
    return proba
