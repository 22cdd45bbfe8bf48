"""Choose the hyperparameters of zero points, on tracks that no reported figure uses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.calibration.zero_points import (
    SHIPPED,
    Answers,
    Hyperparameters,
    shifted,
    with_answers,
    without_answers,
)
from models.emotion import finite_log
from models.population import AXES, PopulationReference
from training.experiments.catalogue_calibration.catalogues import Catalogue

MOST_LOST = 0.03
"""Largest mean loss of accuracy of the worst twentieth of catalogues."""
N_ANSWERS = (5, 20)
_KNOWN = (0.0, 0.1, 0.2)
_MIX_OF_VALENCE = (1.0, 2.0, 4.0, 8.0, np.inf)
_MIX_OF_AROUSAL = (0.25, 0.5, 1.0, 2.0)
_SD = (0.3, 0.6, 1.0, 1.5)
_SD_OF_PRODUCT = (0.1, 0.3, 0.6, 1.0)
_N_REPEATS = 3
_LEAST_TRACKS = 40  # to answer about some and be judged on the others
_WORST = 0.05

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trial:
    """Effect of one setting on the accuracy of catalogues.

    Attributes:
        gain: Mean gain.
        worst: Mean gain of the worst twentieth.
        harmed: Share of catalogues that lost more than ``MOST_LOST``.
        likelihood: Mean gain in log-likelihood of a track's quadrant, in nats.
    """

    setting: Hyperparameters
    gain: float
    worst: float
    harmed: float
    likelihood: float

    @classmethod
    def of(cls, setting: Hyperparameters, gains: Doubles) -> "Trial":
        """Summarise gains in accuracy and log-likelihood ``(n_catalogues, 2)``."""
        accuracy = gains[:, 0]
        worst = np.sort(accuracy)[: max(1, round(_WORST * len(gains)))]
        harmed = float((accuracy < -MOST_LOST).mean())
        gain, likelihood = gains.mean(axis=0).tolist()
        return cls(setting, gain, float(worst.mean()), harmed, likelihood)


def safest(trials: Sequence[Trial]) -> Trial:
    """Return the trial with the greatest gain whose worst twentieth is within ``MOST_LOST``."""
    allowed = [trial for trial in trials if trial.worst >= -MOST_LOST]
    return max(allowed or trials, key=lambda trial: trial.gain)


def likeliest(trials: Sequence[Trial]) -> Trial:
    """Return the trial with the greatest gain in log-likelihood."""
    return max(trials, key=lambda trial: trial.likelihood)


def without(reference: PopulationReference, catalogues: Sequence[Catalogue]) -> list[Trial]:
    """Return a trial of every setting of the calibration without answers."""
    grid = product(_KNOWN, product(_MIX_OF_VALENCE, _MIX_OF_AROUSAL))
    settings = [replace(SHIPPED, known=known, mix=mix) for known, mix in grid]
    return [
        Trial.of(
            setting,
            np.array([_gain(each, _unlabelled(reference, each, setting)) for each in catalogues]),
        )
        for setting in settings
    ]


def _unlabelled(
    reference: PopulationReference, catalogue: Catalogue, setting: Hyperparameters
) -> Doubles:
    return without_answers(reference, catalogue.proba, catalogue.phi, setting).offset


def _gain(catalogue: Catalogue, offset: Doubles) -> Doubles:
    """Return the gains in accuracy and mean log-likelihood ``(2,)`` of an offset ``(3,)``."""
    after = shifted(catalogue.proba, AXES @ offset)
    return _scores(after, catalogue.y) - _scores(catalogue.proba, catalogue.y)


def _scores(proba: Proba, y: IntVector) -> Doubles:
    likelihood = finite_log(proba)[np.arange(len(y)), y].mean()
    return np.array([(proba.argmax(axis=1) == y).mean(), likelihood])


def answered(
    reference: PopulationReference,
    catalogues: Sequence[Catalogue],
    confusion: Proba,
    chosen: Hyperparameters,
) -> list[Trial]:
    """Return a trial of every setting of the calibration with answers.

    The sureness of a listener was learnt elsewhere and is not varied.

    Args:
        reference: Reference of the training tracks.
        catalogues: Catalogues; those with fewer than ``_LEAST_TRACKS`` tracks are left out.
        confusion: Distribution of listeners' answers for each quadrant, see ``load_confusion``.
        chosen: The other hyperparameters.
    """
    runs = list(_runs(reference, catalogues, confusion, chosen))
    grid = product(_SD, _SD_OF_PRODUCT)
    settings = [replace(chosen, prior_sd=(sd, sd, third)) for sd, third in grid]
    return [
        Trial.of(setting, np.array([run.gain(setting) for run in runs])) for setting in settings
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """Answers about some tracks of a catalogue, and the other tracks for evaluation."""

    prior: Doubles
    sides: Doubles
    answers: Answers
    judged: Catalogue

    def gain(self, setting: Hyperparameters) -> Doubles:
        return _gain(self.judged, with_answers(self.prior, self.sides, self.answers, setting))


def _runs(
    reference: PopulationReference,
    catalogues: Sequence[Catalogue],
    confusion: Proba,
    chosen: Hyperparameters,
) -> Iterator[_Run]:
    rng = np.random.default_rng(1)
    for catalogue in catalogues:
        if len(catalogue.y) < _LEAST_TRACKS:
            continue
        prior = _unlabelled(reference, catalogue, chosen)
        for _, n_answers in product(range(_N_REPEATS), N_ANSWERS):
            order = rng.permutation(len(catalogue.y))
            labelled, left = order[:n_answers], order[max(N_ANSWERS) :]
            labels = _draw_answers(catalogue.y[labelled], confusion, rng)
            answers = Answers(labelled, np.eye(len(confusion))[labels], np.arange(n_answers))
            sides = finite_log(catalogue.proba[labelled])
            yield _Run(prior, sides, answers, catalogue.take(catalogue.name, left))


def _draw_answers(y: IntVector, confusion: Proba, rng: np.random.Generator) -> IntVector:
    """Return a random answer of one listener for each quadrant ``(n_tracks,)``."""
    drawn = rng.random((len(y), 1))
    return np.asarray((confusion.cumsum(axis=1)[y] < drawn).sum(axis=1), np.int64)
