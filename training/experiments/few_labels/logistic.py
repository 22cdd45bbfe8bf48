"""The served logistic model and its parts as methods of the experiment."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from models.arrays import IntVector, Votes
from models.emotion import N_QUADRANTS, SIGNS, Readout
from models.personal.logistic import (
    SHIPPED,
    Components,
    LogisticModel,
    Prior,
    learn,
    track_features,
)
from models.personal.logistic.evidence import StudyEvidence, fit_prior
from models.personal.logistic.model import N_TASTE, PersonalLogistic
from models.votes import soft_votes
from training.experiments.few_labels.context import Context
from training.experiments.few_labels.method import Answer, Arrays
from training.experiments.few_labels.other_votes import Crowd
from training.experiments.few_labels.peers import Peers, numbered
from training.members.listener_prior import Opinions, fit_set_limits

_READOUT = Readout(SIGNS, np.ones_like(SIGNS))  # a placeholder: no method reads points
_NO_LIMITS = np.ones((2, 2))
_TOLERANCE = {"xatol": 0.01, "fatol": 1e-6, "maxfev": 100}


def learn_votes(studies: Sequence[Peers]) -> Arrays:
    """Return the prior's ``kappa`` and ``gamma`` by likelihood, without level and taste."""
    known = [(one.answers, one.studied(0)) for one in map(opinions_of, studies)]

    def loss(logs: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        kappa, gamma = np.exp(logs).tolist()
        return float(np.mean([_loss(*one, Prior(kappa, gamma, 0.0, 0.0)) for one in known]))

    start = np.log([SHIPPED.kappa, SHIPPED.gamma])
    found = minimize(loss, start, method="Nelder-Mead", options=_TOLERANCE)
    kappa, gamma = np.exp(found.x).tolist()
    return Prior(kappa, gamma, 0.0, 0.0).to_arrays()


def learn_level(studies: Sequence[Peers]) -> Arrays:
    """Return the prior of a model without taste, and limits of prediction sets."""
    return _learn(studies, 0)


def learn_whole(studies: Sequence[Peers]) -> Arrays:
    """Return the prior of the model, and limits of prediction sets."""
    return _learn(studies, N_TASTE)


def shared_model(learnt: Arrays, components: Components, n_taste: int = N_TASTE) -> LogisticModel:
    """Return the model that all listeners share, from a learnt prior."""
    limits = np.asarray(learnt.get("limits", _NO_LIMITS), np.float64)
    return LogisticModel(Prior.from_arrays(learnt), _cut(components, n_taste), limits, _READOUT)


class Logistic:
    """An item prior from votes and population, plus a listener's level and taste."""

    n_taste = N_TASTE

    def __init__(self, context: Context, learnt: Arrays) -> None:
        self._context = context
        self._shared = shared_model(learnt, context.components, self.n_taste)
        phi = self._shared.components(context.study.features.x)[context.places]
        self._rows = track_features(context.unseen, phi)

    def answer(self, labelled: IntVector, crowd: Crowd) -> Answer:
        """Return the model's predictions after some answers."""
        n_pool = self._context.n_pool
        listener, votes = self.model(labelled, crowd), crowd.soft[n_pool:]
        proba = listener.proba(self._rows[n_pool:], votes)
        return Answer(proba, listener.sets(proba, votes))

    def model(self, labelled: IntVector, crowd: Crowd) -> PersonalLogistic:
        """Return the model after some answers."""
        if not len(labelled):
            return self._shared.newcomer
        labelled = np.sort(labelled)  # so that rounding does not depend on the order of answers
        y, points = self._context.y[labelled], self._context.points
        return learn(
            self._shared,
            self._rows[labelled],
            np.eye(N_QUADRANTS)[y] if points is None else soft_votes(points[labelled]),
            crowd.soft[labelled],
            np.zeros((0, 2)) if points is None else points[labelled],
        )


class Level(Logistic):
    """The logistic model without taste."""

    n_taste = 0


class VotesAlone(Level):
    """The item prior alone: no answer is learnt."""

    def answer(self, labelled: IntVector, crowd: Crowd) -> Answer:
        """Return the distributions of a listener without answers."""
        return Answer(super().answer(labelled[:0], crowd).proba)


def _learn(studies: Sequence[Peers], n_taste: int) -> Arrays:
    if not studies:
        return SHIPPED.to_arrays()
    opinions = [opinions_of(peers) for peers in studies]
    start = SHIPPED if n_taste else replace(SHIPPED, omega=0.0)
    prior = fit_prior([one.studied(n_taste) for one in opinions], start)
    components = _cut(studies[0].components, n_taste)
    model = LogisticModel(prior, components, _NO_LIMITS, _READOUT)
    return {**prior.to_arrays(), "limits": fit_set_limits(opinions, model).limits}


def opinions_of(peers: Peers) -> Opinions:
    """Return a study's answers in the form that priors are learnt from."""
    return Opinions(
        listener=peers.listener,
        track=numbered(peers.tracks),
        y=peers.y,
        proba=peers.proba,
        phi=peers.phi,
    )


def _loss(answers: Votes, study: StudyEvidence, prior: Prior) -> float:
    """Return the mean negative log-likelihood of answers under the item prior alone."""
    forecasts = [prior.item(study.log_p0, votes) for votes in study.others]
    return -float(np.mean([(answers * one).sum(axis=1).mean() for one in forecasts]))


def _cut(components: Components, n_components: int) -> Components:
    """Return the first ``n_components`` components."""
    return replace(components, matrix=components.matrix[:, :n_components])
