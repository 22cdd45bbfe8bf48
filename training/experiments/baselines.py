"""What a listener's models must beat."""

import typing

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from models.arrays import FloatMatrix, IntVector, Proba, Votes
from models.committee import sharpen
from models.emotion import N_QUADRANTS
from training.experiments.learners import first_learner, judged_proba
from training.experiments.starting_models import Start

_PRIOR_VOTES = 1.0  # how many votes the prior is worth on a track


class CommonTracks(typing.Protocol):
    """What baselines without a committee read of a listener's tracks, the pool first."""

    @property
    def n_pool(self) -> int:
        """How many of the tracks may be asked about; the others are judged."""
        ...

    @property
    def track_x(self) -> FloatMatrix:
        """Features of the tracks, the mean over a track's rows ``(n_tracks, n_features)``."""
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


def majority(known: CommonTracks) -> Proba:
    """Return how frequent the quadrants are among the others' labels, whatever the track."""
    return np.tile(known.prior, (len(known.votes) - known.n_pool, 1))


def population(start: Start) -> Proba:
    """Return what the shared committee says of what is judged."""
    committee = start.committee
    said = judged_proba(first_learner(start)).mean(axis=0)
    return sharpen(said, committee.sharpness)


def others(known: CommonTracks) -> Proba:
    """Return how others labelled the very track; of cold tracks that is not known."""
    return smoothed(known.votes[known.n_pool :], known.prior)


def smoothed(votes: Votes, prior: Votes) -> Proba:
    """Return shares of votes ``(n_tracks, n_quadrants)``; without a vote the prior."""
    total = votes.sum(axis=1, keepdims=True) + _PRIOR_VOTES
    return np.asarray((votes + _PRIOR_VOTES * prior) / total)


def own(known: CommonTracks, asked: IntVector) -> NDArray[np.float64]:
    """Return what a logistic regression on the listener's own answers alone says."""
    test, y = known.track_x[known.n_pool :], known.y[asked]
    proba = np.full((len(test), N_QUADRANTS), 1.0 / N_QUADRANTS)
    if len(np.unique(y)) > 1:
        # The pool's features are known before any answer is.
        scaler = StandardScaler().fit(known.track_x[: known.n_pool])
        model = LogisticRegression(max_iter=500).fit(scaler.transform(known.track_x[asked]), y)
        proba[:] = 0.0
        proba[:, model.classes_] = model.predict_proba(scaler.transform(test))
    elif len(y):
        proba = np.tile(np.eye(N_QUADRANTS)[y[0]], (len(test), 1))
    return proba
