"""Fits every fusion to the modalities' out-of-fold predictions."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS, QUADRANTS, Modality, softmax
from models.errors import AttuneError, DatasetError
from models.fusion import Evidence, Fusion
from models.fusion.averaging import Average
from models.fusion.confidence import MostConfident
from models.fusion.early import EarlyFusion, concatenate
from models.fusion.evidence import log_proba
from models.fusion.pool import LogOpinionPool
from models.fusion.single import Single
from models.score_calibration import fit_shifted_temperature
from training.datasets.folds import grouped_folds
from training.members.stacking import fit_forest, fit_logistic_regression
from training.members.svm import fit_both_modalities
from training.metrics import accuracy, score

N_INNER_FOLDS = 5
_MOST_WEIGHT = 2.0
"""Largest weight of a modality in the pool. Independent modalities have 1; much more is
overfitting to a small table."""


class FusionData(NamedTuple):
    """Training data of fusions.

    Attributes:
        evidence: Out-of-fold distributions of both modalities, and the features.
        y: Class indices ``(n_tracks,)``.
        groups: Artist of each track ``(n_tracks,)``.
        seed: Seed of folds, trees and initial weights.
    """

    evidence: Evidence
    y: IntVector
    groups: IntVector
    seed: int


def fit_fusions(data: FusionData) -> dict[str, Fusion]:
    """Fit every fusion; return them by name.

    Raises:
        DatasetError: A quadrant has no track.
    """
    counts = np.bincount(data.y, minlength=N_QUADRANTS)
    for quadrant, count in zip(QUADRANTS, counts, strict=True):
        if not count:
            raise DatasetError(
                f"{quadrant} has none of the {len(data.y)} tracks to fit fusions to."
            )
    return {
        "lyrics": Single(Modality.LYRICS),
        "audio": Single(Modality.AUDIO),
        "average": Average(np.ones(len(Modality))),
        "weighted": Average(_accuracies(data)),
        "max_confidence": MostConfident(np.ones((len(Modality), N_QUADRANTS))),
        "adjusted_confidence": MostConfident(_precisions(data)),
        "random_forest": fit_forest(data.evidence, data.y, data.seed),
        "logistic_regression": fit_logistic_regression(data.evidence, data.y),
        "neural_network": _fit_network(data),
        "early": fit_early(data),
        "log_opinion": fit_pool(data.evidence, data.y),
    }


def fit_early(data: FusionData) -> EarlyFusion:
    """Fit one support vector machine to both modalities' features, calibrated out of fold."""
    x = concatenate(data.evidence)
    scores = np.zeros((len(data.y), N_QUADRANTS))
    for train, test in grouped_folds(data.y, data.groups, N_INNER_FOLDS, data.seed):
        scores[test] = fit_both_modalities(x[train], data.y[train]).scores(x[test])
    return EarlyFusion(fit_both_modalities(x, data.y), fit_shifted_temperature(scores, data.y))


def fit_pool(evidence: Evidence, y: IntVector) -> LogOpinionPool:
    """Fit non-negative weights by maximum likelihood, a convex problem."""
    # One pseudo-track per quadrant keeps the logarithm finite.
    prior = (np.bincount(y, minlength=N_QUADRANTS) + 1.0) / (len(y) + N_QUADRANTS)
    log_ratio = np.stack([log_proba(evidence.proba[m]) - np.log(prior) for m in Modality])
    solution = minimize(
        _pool_loss,
        x0=np.full(len(Modality), 0.5),
        args=(np.log(prior), log_ratio, np.eye(N_QUADRANTS)[y]),
        jac=True,
        bounds=[(0.0, _MOST_WEIGHT)] * len(Modality),
        method="L-BFGS-B",
    )
    return LogOpinionPool(np.asarray(solution.x, dtype=np.float64), prior)


def _pool_loss(
    weights: NDArray[np.float64],
    log_prior: NDArray[np.float64],
    log_ratio: NDArray[np.float64],
    truth: Proba,
) -> tuple[float, NDArray[np.float64]]:
    """Return the mean negative log-likelihood and its gradient in the weights."""
    proba = softmax(log_prior + np.tensordot(weights, log_ratio, axes=1))
    likelihood = (proba * truth).sum(axis=1)
    gradient = np.einsum("mtq,tq->m", log_ratio, proba - truth) / len(truth)
    return -float(np.log(likelihood).mean()), gradient


def _fit_network(data: FusionData) -> Fusion:
    try:
        from training.members.stacking_network import (
            fit_network,  # imports torch, which takes seconds
        )
    except ModuleNotFoundError as error:
        raise AttuneError(
            "The neural network needs torch: install the extra 'training'."
        ) from error
    return fit_network(data.evidence, data.y, data.groups, data.seed)


def _accuracies(data: FusionData) -> NDArray[np.float64]:
    proba = data.evidence.proba
    return np.array([score(accuracy, data.y, proba[modality]) for modality in Modality])


def _precisions(data: FusionData) -> NDArray[np.float64]:
    """Return the precision of each quadrant, by modality.

    The modality's accuracy counts as one pseudo-track, for quadrants that are rarely predicted.
    """
    rows = []
    for modality, overall in zip(Modality, _accuracies(data), strict=True):
        predicted = data.evidence.proba[modality].argmax(axis=1)
        counts = np.bincount(predicted, minlength=N_QUADRANTS)
        hit = np.bincount(predicted[predicted == data.y], minlength=N_QUADRANTS)
        rows.append((hit + overall) / (counts + 1.0))
    return np.array(rows)
