"""Baselines for personal models."""

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

_PRIOR_VOTES = 1.0  # weight of the prior in votes


class CommonTracks(typing.Protocol):
    """A listener's tracks as baselines without a committee read them, the pool first."""

    @property
    def n_pool(self) -> int:
        """Number of tracks in the pool; the others are test tracks."""
        ...

    @property
    def track_x(self) -> FloatMatrix:
        """Features of the tracks, the mean over a track's rows ``(n_tracks, n_features)``."""
        ...

    @property
    def y(self) -> IntVector:
        """The listener's quadrants as class indices, of the pool at least."""
        ...

    @property
    def votes(self) -> Votes:
        """Other listeners' labels ``(n_tracks, n_quadrants)``."""
        ...

    @property
    def prior(self) -> Votes:
        """Frequencies of the quadrants among these labels ``(n_quadrants,)``."""
        ...


def majority(known: CommonTracks) -> Proba:
    """Return the frequencies of the quadrants among the others' labels, for every test track."""
    return np.tile(known.prior, (len(known.votes) - known.n_pool, 1))


def population(start: Start) -> Proba:
    """Return the shared committee's predictions for the test tracks."""
    committee = start.committee
    proba = judged_proba(first_learner(start)).mean(axis=0)
    return sharpen(proba, committee.sharpness)


def others(known: CommonTracks) -> Proba:
    """Return smoothed shares of others' votes on the test tracks; cold tracks have no votes."""
    return smoothed(known.votes[known.n_pool :], known.prior)


def smoothed(votes: Votes, prior: Votes) -> Proba:
    """Return smoothed shares of votes ``(n_tracks, n_quadrants)``; the prior without a vote."""
    total = votes.sum(axis=1, keepdims=True) + _PRIOR_VOTES
    return np.asarray((votes + _PRIOR_VOTES * prior) / total)


def own(known: CommonTracks, labelled: IntVector) -> NDArray[np.float64]:
    """Return predictions of a logistic regression on the listener's own answers alone."""
    test, y = known.track_x[known.n_pool :], known.y[labelled]
    proba = np.full((len(test), N_QUADRANTS), 1.0 / N_QUADRANTS)
    if len(np.unique(y)) > 1:
        # The pool's features are known before any answer.
        scaler = StandardScaler().fit(known.track_x[: known.n_pool])
        model = LogisticRegression(max_iter=500).fit(scaler.transform(known.track_x[labelled]), y)
        proba[:] = 0.0
        proba[:, model.classes_] = model.predict_proba(scaler.transform(test))
    elif len(y):
        proba = np.tile(np.eye(N_QUADRANTS)[y[0]], (len(test), 1))
    return proba
