"""The Gaussian model that was served up to commit cf1f2b3, as a method of the experiment."""

from collections.abc import Sequence

import numpy as np

from models.arrays import IntVector
from models.emotion import SIGNS
from training.experiments.few_labels.context import Context
from training.experiments.few_labels.method import Answer, Arrays
from training.experiments.few_labels.other_votes import Crowd
from training.experiments.few_labels.peers import Peers, numbered
from training.experiments.gaussian import listener as model
from training.experiments.gaussian.fit import Opinions, fit_gaussian, fit_prior
from training.experiments.gaussian.points import measured, measured_each
from training.experiments.gaussian.prior import Prior
from training.experiments.gaussian.track_features import track_features

_SHIPPED = {
    **Prior(
        offset=np.zeros(2),
        gain=np.array([0.59887487, 0.59450123]),
        shared=0.16561703,
        level=0.02943037,
        taste=0.03198286,
        noise=0.55733942,
    ).to_arrays(),
    "temperature": np.array(0.81620389),
    "limits": np.array([[0.82301624, 0.80657005], [0.80770800, 0.80697846]]),
}
"""Content of ``models/pretrained/gaussian.npz`` at commit cf1f2b3, learnt on Emotify."""


def learn(studies: Sequence[Peers]) -> Arrays:
    """Return the prior, the temperature and the limits learnt from other listeners' answers.

    If the study has points, they are learnt, each in its listener's units.
    """
    (peers,) = studies
    points, listener = peers.study.labels.points, peers.listener
    opinions = Opinions(
        listener=listener,
        track=numbered(peers.tracks),
        y=peers.y,
        proba=peers.proba,
        phi=peers.phi,
        points=None if points is None else measured_each(points[peers.labels], listener),
    )
    return fit_gaussian(opinions, peers.components, fit_prior(opinions)).to_arrays()


class Gaussian:
    """The hierarchical model of valence and arousal.

    For a track that others labelled it reads the committee's out-of-fold prediction, because the
    others' votes must not count twice.
    """

    needed = model.ROUNDING
    """Evidence in nats above which a listener's answers are used."""

    def __init__(self, context: Context, learnt: Arrays) -> None:
        self._context = context
        self._shared = model.Gaussian.from_arrays(learnt, context.components)
        phi = context.components(context.study.features.x)
        self._rows = track_features(context.unseen, phi[context.places])

    def answer(self, labelled: IntVector, crowd: Crowd) -> Answer:
        """Return the model's predictions after some answers."""
        n_pool = self._context.n_pool
        listener = self.model(labelled)
        votes = crowd.votes[n_pool:]
        totals = None if crowd.totals is None else crowd.totals[n_pool:]
        proba = listener.proba(listener.place(self._rows[n_pool:], votes, totals))
        return Answer(proba, listener.sets(proba, votes))

    def model(self, labelled: IntVector) -> model.PersonalGaussian:
        """Return the model after some answers."""
        if not len(labelled):
            return self._shared.population_model
        labelled = np.sort(labelled)  # so that rounding does not depend on the order of answers
        y, points = self._context.y[labelled], self._context.points
        placed = SIGNS[y] if points is None else measured(points[labelled])
        return model.learn(self._shared, self._rows[labelled], placed, y, needed=self.needed)


def as_shipped(context: Context, _: Arrays) -> Gaussian:
    """Return the model with the shipped numbers."""
    return Gaussian(context, _SHIPPED)
