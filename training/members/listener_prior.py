"""Fits the logistic model's prior and the limits of its prediction sets, from several studies.

The population model of each study is not fitted to the study's tracks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import FloatMatrix, IntVector, Proba, Votes
from models.emotion import N_QUADRANTS, Readout
from models.personal.logistic import (
    SHIPPED,
    Components,
    LogisticModel,
    Prior,
    log_proba_in,
    track_features,
)
from models.personal.logistic.evidence import StudyEvidence, fit_prior
from models.personal.logistic.prior import Doubles
from models.prediction_sets import scores, threshold

SPARSE = (0, 5, 15)
"""Numbers of other listeners with known votes, besides all of them."""


@dataclass(frozen=True, eq=False)
class Opinions:
    """Labels of a study's listeners, with the population model's predictions.

    Attributes:
        listener: Listener of each answer, as a number ``(n_answers,)``.
        track: Track of each answer, as a number ``(n_answers,)``.
        y: Class index of each answer ``(n_answers,)``.
        proba: The track's distribution by a population model that was not fitted to it
            ``(n_answers, n_quadrants)``.
        phi: The track's components ``(n_answers, n_components)``.
    """

    listener: IntVector
    track: IntVector
    y: IntVector
    proba: Proba
    phi: Doubles

    @property
    def answers(self) -> Votes:
        """The answers as votes ``(n_answers, n_quadrants)``."""
        return np.asarray(np.eye(N_QUADRANTS)[self.y])

    @property
    def rows(self) -> FloatMatrix:
        """The tracks' features for personalisation ``(n_answers, n_columns)``."""
        return track_features(self.proba, self.phi)

    @cached_property
    def by_listener(self) -> list[IntVector]:
        """Positions of each listener's answers."""
        order = np.argsort(self.listener, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(self.listener[order])) + 1)

    def others(self, n_others: int | None = None, seed: int = 0) -> Votes:
        """Return other listeners' votes on the track of each answer ``(n_answers, n_quadrants)``.

        Args:
            n_others: Number of known other listeners, drawn for each listener; None for all.
            seed: Seed of the draw.
        """
        if n_others is None:
            return self._of_track(self.answers)[self.track] - self.answers
        rng, result = np.random.default_rng(seed), np.zeros_like(self.answers)
        who = np.unique(self.listener)
        for own in self.by_listener:
            known = rng.permutation(who[who != self.listener[own[0]]])[:n_others]
            is_known = np.isin(self.listener, known)[:, None]
            result[own] = self._of_track(self.answers * is_known)[self.track[own]]
        return result

    def studied(self, n_taste: int) -> StudyEvidence:
        """Return the input of :func:`fit_prior`, with sparse and dense votes."""
        densities = [self.others(n) for n in SPARSE] + [self.others()]
        return StudyEvidence(
            listener=self.listener,
            log_p0=log_proba_in(self.rows),
            phi=self.phi[:, :n_taste],
            e=self.answers,
            others=np.stack(densities),
        )

    def _of_track(self, values: Votes) -> Votes:
        total = np.zeros((int(self.track.max()) + 1, values.shape[1]))
        np.add.at(total, self.track, values)
        return total


def fit_listener_model(
    studies: Sequence[Opinions], components: Components, readout: Readout
) -> LogisticModel:
    """Fit the listener prior and the set limits to several studies.

    Args:
        studies: Studies of at least two listeners each.
        components: The components of the studies' ``phi``.
        readout: Maps quadrants to points on the plane.
    """
    raw = LogisticModel(SHIPPED, components, np.ones((2, 2)), readout)
    prior = fit_prior([study.studied(raw.n_taste) for study in studies], SHIPPED)
    return fit_set_limits(studies, raw.under(prior))


def fit_set_limits(studies: Sequence[Opinions], model: LogisticModel) -> LogisticModel:
    """Return the model with set limits that reach the nominal coverage in each study.

    Each answer is predicted with and without the listener's other answers, and with and without
    other listeners' votes on the track. The widest limit of all studies is used.
    """
    limits = np.max([_limits(study, model) for study in studies], axis=0)
    return LogisticModel(model.prior, model.components, limits, model.readout)


def held_out(study: Opinions, model: LogisticModel, others: Votes) -> Proba:
    """Return the leave-one-out prediction of each answer ``(n_answers, n_quadrants)``.

    Args:
        study: The answers.
        model: The personal model's prior.
        others: Other listeners' votes on each answer's track ``(n_answers, n_quadrants)``.
    """
    result, rows, answers = np.empty_like(others), study.rows, study.answers
    for own in study.by_listener:
        posterior = model.posterior(rows[own], answers[own], others[own])
        result[own] = np.exp(posterior.held_out())
    return result


def _limits(study: Opinions, model: LogisticModel) -> Doubles:
    limits = np.ones((2, 2))
    for column, others in enumerate((np.zeros_like(study.answers), study.others())):
        newcomer = np.exp(model.prior.item(log_proba_in(study.rows), others))
        kept = others.any(axis=1) if column else np.ones(len(others), np.bool_)
        for row, proba in enumerate((newcomer, held_out(study, model, others))):
            limits[row, column] = threshold(scores(proba[kept], study.y[kept]))
    return limits


def listener_facts(model: LogisticModel, studies: dict[str, Opinions]) -> dict[str, object]:
    """Return facts about the prior and its studies, for the model card."""
    prior: Prior = model.prior
    return {
        "n_components": model.components.n_components,
        "n_taste": model.n_taste,
        "kappa": prior.kappa,
        "gamma": prior.gamma,
        "tau": prior.tau,
        "omega": prior.omega,
        "limits": model.limits.tolist(),
        "studies": {
            name: {
                "n_listeners": len(study.by_listener),
                "n_answers": len(study.y),
                "n_tracks": len(np.unique(study.track)),
            }
            for name, study in studies.items()
        },
    }
