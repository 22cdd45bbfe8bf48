"""Calibrates a committee on its members' out-of-fold predictions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.arrays import IntVector, Logits, Proba
from models.committee import sharpen
from models.emotion import N_QUADRANTS, finite_log, softmax
from models.score_calibration import TEMPERATURES, fit_temperature
from training.members.corpus_offsets import Names, Offsets

_OFFSET_SD = 1.0
"""Standard deviation of the prior of a corpus' offsets: with few tracks they stay near 0."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibration of single members and of their consensus.

    Attributes:
        temperatures: Algorithm to the divisor of its logits.
        sharpness: Exponent of the mean distribution.
        offsets: Corpus to the summand of the sharpened mean's log, for tracks of known corpora;
            empty if there is one corpus.
    """

    temperatures: Mapping[str, float]
    sharpness: float = 1.0
    offsets: Offsets = field(default_factory=dict)

    def member(self, algorithm: str, logits: Logits) -> Proba:
        """Return the calibrated distributions of an algorithm ``(n_tracks, n_quadrants)``."""
        return softmax(logits / self.temperatures[algorithm])

    def consensus(self, logits: Mapping[str, Logits]) -> Proba:
        """Return the consensus of one member per algorithm ``(n_tracks, n_quadrants)``."""
        member_proba_list = [self.member(name, scores) for name, scores in logits.items()]
        return sharpen(np.mean(member_proba_list, axis=0), self.sharpness)


def calibrate(
    logits: Mapping[str, Logits], y: IntVector, dataset: Names | None = None
) -> Calibration:
    """Fit a temperature for each algorithm, and sharpness and offsets of the consensus.

    All maximise the likelihood of the labels. Offsets are fitted together with temperatures and
    sharpness, because the quadrants' frequencies in a corpus must not affect the confidence.

    Args:
        logits: Algorithm to its out-of-fold logits ``(n_tracks, n_quadrants)``.
        y: Class indices ``(n_tracks,)``.
        dataset: The corpus of each track ``(n_tracks,)``; None: one for all.
    """
    names = np.full(len(y), "") if dataset is None else dataset
    temperatures = {name: fit_offsets(scores, y, names)[0] for name, scores in logits.items()}
    sharpness, offsets = _fit_consensus(Calibration(temperatures), logits, y, names)
    return Calibration(temperatures, sharpness, offsets)


def calibrate_parts(
    whole: Calibration, logits: Mapping[str, Logits], y: IntVector, dataset: Names
) -> dict[frozenset[str], float]:
    """Return the sharpness of each proper subset of the algorithms, with the same temperatures."""
    chosen = (part for n in range(1, len(logits)) for part in combinations(logits, n))
    return {
        frozenset(part): _fit_consensus(whole, {name: logits[name] for name in part}, y, dataset)[
            0
        ]
        for part in chosen
    }


def _fit_consensus(
    fitted: Calibration, logits: Mapping[str, Logits], y: IntVector, dataset: Names
) -> tuple[float, Offsets]:
    """Return the sharpness and the corpora's offsets."""
    mean = np.mean([fitted.member(name, scores) for name, scores in logits.items()], axis=0)
    temperature, offsets = fit_offsets(finite_log(mean), y, dataset)
    return 1.0 / temperature, offsets


def fit_offsets(scores: Logits, y: IntVector, dataset: Names) -> tuple[float, Offsets]:
    """Fit the temperature and each corpus' offsets by maximum a posteriori.

    A single corpus has no offset.

    Args:
        scores: Out-of-fold logits ``(n_tracks, n_quadrants)``.
        y: Class indices ``(n_tracks,)``.
        dataset: The corpus of each track ``(n_tracks,)``.
    """
    temperature = fit_temperature(scores, y).value
    names, corpus = np.unique(dataset, return_inverse=True)
    if len(names) == 1:
        return temperature, {}
    member = np.eye(len(names))[corpus]
    truth = np.eye(N_QUADRANTS)[y]

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        sharpness, offsets = parameters[0], parameters[1:].reshape(len(names), -1)
        proba = softmax(scores * sharpness + offsets[corpus])
        error = proba - truth
        misfit = -finite_log((proba * truth).sum(axis=1)).sum()
        gradient = np.r_[(error * scores).sum(), (member.T @ error + offsets / _OFFSET_SD**2).flat]
        return misfit + 0.5 * float((offsets**2).sum()) / _OFFSET_SD**2, gradient

    low, high = (1.0 / bound for bound in reversed(TEMPERATURES))
    start = np.r_[1.0 / temperature, np.zeros(len(names) * N_QUADRANTS)]
    bounds = [(low, high)] + [(None, None)] * (len(start) - 1)
    solution = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    offsets = solution[1:].reshape(len(names), -1)
    centred = offsets - offsets.mean(axis=1, keepdims=True)
    return 1.0 / float(solution[0]), dict(zip(names.tolist(), centred, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class CommitteeProba:
    """Distributions of single members and of their consensus ``(n_tracks, n_quadrants)``."""

    members: dict[str, Proba]
    consensus: Proba


def cross_calibrated(
    logits: Mapping[str, Logits], y: IntVector, fold: IntVector, dataset: Names
) -> CommitteeProba:
    """Return members' distributions; each fold is calibrated on the other folds.

    Args:
        logits: See :func:`calibrate`.
        y: Class indices ``(n_tracks,)``.
        fold: The fold of each track ``(n_tracks,)``.
        dataset: The corpus of each track ``(n_tracks,)``.
    """
    members = {name: np.zeros(scores.shape) for name, scores in logits.items()}
    consensus = np.zeros((len(y), N_QUADRANTS))
    for index in np.unique(fold):
        here = fold == index
        rest = {name: scores[~here] for name, scores in logits.items()}
        fitted = calibrate(rest, y[~here], dataset[~here])
        held_out = {name: scores[here] for name, scores in logits.items()}
        consensus[here] = fitted.consensus(held_out)
        for name, scores in held_out.items():
            members[name][here] = fitted.member(name, scores)
    return CommitteeProba(members, consensus)
