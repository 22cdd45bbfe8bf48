"""Fits what the logistic model expects of a listener: its prior, and the limits of its sets.

The prior is learnt from several studies, in each from listeners whose answers say nothing of the
population model that they are held against.
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
"""Numbers of other listeners whose votes are known, beside all of them."""


@dataclass(frozen=True, eq=False)
class Opinions:
    """What the listeners of one study answered.

    Attributes:
        listener: Who, as a number ``(n_answers,)``.
        track: About which track, as a number ``(n_answers,)``.
        y: The quadrant, as class indices ``(n_answers,)``.
        proba: What a population model says of the track that was not fitted on it
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
        """The tracks' sketches ``(n_answers, n_columns)``."""
        return track_features(self.proba, self.phi)

    @cached_property
    def by_listener(self) -> list[IntVector]:
        """The places of each listener's answers."""
        order = np.argsort(self.listener, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(self.listener[order])) + 1)

    def others(self, n_others: int | None = None, seed: int = 0) -> Votes:
        """Return other listeners' votes on the track of each answer ``(n_answers, n_quadrants)``.

        Args:
            n_others: How many of the others are known, drawn for each listener; None for all.
            seed: Of the draw.
        """
        if n_others is None:
            return self._of_track(self.answers)[self.track] - self.answers
        rng, found = np.random.default_rng(seed), np.zeros_like(self.answers)
        who = np.unique(self.listener)
        for own in self.by_listener:
            known = rng.permutation(who[who != self.listener[own[0]]])[:n_others]
            is_known = np.isin(self.listener, known)[:, None]
            found[own] = self._of_track(self.answers * is_known)[self.track[own]]
        return found

    def studied(self, n_taste: int) -> StudyEvidence:
        """Return the same for :func:`fit_prior`, under sparse and dense votes."""
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
    """Return what is expected of a listener, learnt from several studies.

    Args:
        studies: Of at least two listeners each.
        components: Those that the opinions' are of.
        readout: Says how far from the axes a quadrant's points lie.
    """
    raw = LogisticModel(SHIPPED, components, np.ones((2, 2)), readout)
    prior = fit_prior([study.studied(raw.n_taste) for study in studies], SHIPPED)
    return fit_set_limits(studies, raw.under(prior))


def fit_set_limits(studies: Sequence[Opinions], model: LogisticModel) -> LogisticModel:
    """Return the model with limits under which sets hold what they promise in each study.

    Each answer is predicted from the listener's other answers or from none, and from other
    listeners' votes on the track or from none; of the studies' limits the widest counts.
    """
    limits = np.max([_limits(study, model) for study in studies], axis=0)
    return LogisticModel(model.prior, model.components, limits, model.readout)


def held_out(study: Opinions, model: LogisticModel, others: Votes) -> Proba:
    """Return what each answer's listener would have been told, knowing their other answers.

    Args:
        study: The answers.
        model: What is expected of a listener.
        others: Other listeners' votes on each answer's track ``(n_answers, n_quadrants)``.

    Returns:
        Shape ``(n_answers, n_quadrants)``.
    """
    found, rows, answers = np.empty_like(others), study.rows, study.answers
    for own in study.by_listener:
        posterior = model.posterior(rows[own], answers[own], others[own])
        found[own] = np.exp(posterior.held_out())
    return found


def _limits(study: Opinions, model: LogisticModel) -> Doubles:
    limits = np.ones((2, 2))
    for column, others in enumerate((np.zeros_like(study.answers), study.others())):
        newcomer = np.exp(model.prior.item(log_proba_in(study.rows), others))
        kept = others.any(axis=1) if column else np.ones(len(others), np.bool_)
        for row, proba in enumerate((newcomer, held_out(study, model, others))):
            limits[row, column] = threshold(scores(proba[kept], study.y[kept]))
    return limits


def listener_facts(model: LogisticModel, studies: dict[str, Opinions]) -> dict[str, object]:
    """Return what a model card says of the prior and of the studies it was learnt from."""
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
