"""Fits every fusion to what the modalities said of tracks they had not seen."""

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
"""Of a modality in the pool: independent witnesses have 1; far above is a small table's luck."""


class Lesson(NamedTuple):
    """What fusions are fitted to.

    Attributes:
        evidence: Distributions of both modalities, each by models that had not seen the track's
            artist, and the features.
        y: Class indices ``(n_tracks,)``.
        groups: Artist of each track ``(n_tracks,)``.
        seed: Decides folds, trees and first weights.
    """

    evidence: Evidence
    y: IntVector
    groups: IntVector
    seed: int


def fit_fusions(lesson: Lesson) -> dict[str, Fusion]:
    """Return every fusion by its name.

    Raises:
        DatasetError: A quadrant has no track.
    """
    counts = np.bincount(lesson.y, minlength=N_QUADRANTS)
    for quadrant, count in zip(QUADRANTS, counts, strict=True):
        if not count:
            raise DatasetError(
                f"{quadrant} has none of the {len(lesson.y)} tracks to fit fusions to."
            )
    return {
        "lyrics": Single(Modality.LYRICS),
        "audio": Single(Modality.AUDIO),
        "average": Average(np.ones(len(Modality))),
        "weighted": Average(_accuracies(lesson)),
        "max_confidence": MostConfident(np.ones((len(Modality), N_QUADRANTS))),
        "adjusted_confidence": MostConfident(_precisions(lesson)),
        "random_forest": fit_forest(lesson.evidence, lesson.y, lesson.seed),
        "logistic_regression": fit_logistic_regression(lesson.evidence, lesson.y),
        "neural_network": _fit_network(lesson),
        "early": fit_early(lesson),
        "log_opinion": fit_pool(lesson.evidence, lesson.y),
    }


def fit_early(lesson: Lesson) -> EarlyFusion:
    """Fit one machine to both modalities' features, calibrated out of fold."""
    x = concatenate(lesson.evidence)
    scores = np.zeros((len(lesson.y), N_QUADRANTS))
    for train, test in grouped_folds(lesson.y, lesson.groups, N_INNER_FOLDS, lesson.seed):
        scores[test] = fit_both_modalities(x[train], lesson.y[train]).scores(x[test])
    return EarlyFusion(fit_both_modalities(x, lesson.y), fit_shifted_temperature(scores, lesson.y))


def fit_pool(evidence: Evidence, y: IntVector) -> LogOpinionPool:
    """Fit the weights, none below 0, under which the labels are likeliest: convex."""
    # One imagined track a quadrant keeps the logarithm finite.
    prior = (np.bincount(y, minlength=N_QUADRANTS) + 1.0) / (len(y) + N_QUADRANTS)
    features_in_log = np.stack([log_proba(evidence.proba[m]) - np.log(prior) for m in Modality])
    found = minimize(
        _pool_loss,
        x0=np.full(len(Modality), 0.5),
        args=(np.log(prior), features_in_log, np.eye(N_QUADRANTS)[y]),
        jac=True,
        bounds=[(0.0, _MOST_WEIGHT)] * len(Modality),
        method="L-BFGS-B",
    )
    return LogOpinionPool(np.asarray(found.x, dtype=np.float64), prior)


def _pool_loss(
    weights: NDArray[np.float64],
    log_prior: NDArray[np.float64],
    features_in_log: NDArray[np.float64],
    truth: Proba,
) -> tuple[float, NDArray[np.float64]]:
    """Return the mean negative log-likelihood and its gradient in the weights."""
    proba = softmax(log_prior + np.tensordot(weights, features_in_log, axes=1))
    likelihood = (proba * truth).sum(axis=1)
    gradient = np.einsum("mtq,tq->m", features_in_log, proba - truth) / len(truth)
    return -float(np.log(likelihood).mean()), gradient


def _fit_network(lesson: Lesson) -> Fusion:
    try:
        from training.members.stacking_network import (
            fit_network,  # it takes seconds, and only this needs torch
        )
    except ModuleNotFoundError as error:
        raise AttuneError(
            "The neural network needs torch: install the extra 'training'."
        ) from error
    return fit_network(lesson.evidence, lesson.y, lesson.groups, lesson.seed)


def _accuracies(lesson: Lesson) -> NDArray[np.float64]:
    proba = lesson.evidence.proba
    return np.array([score(accuracy, lesson.y, proba[modality]) for modality in Modality])


def _precisions(lesson: Lesson) -> NDArray[np.float64]:
    """Return how often each modality is right when it answers each quadrant.

    A quadrant that is hardly ever answered has the modality's accuracy, as if one more track had
    that share right.
    """
    rows = []
    for modality, overall in zip(Modality, _accuracies(lesson), strict=True):
        answered = lesson.evidence.proba[modality].argmax(axis=1)
        said = np.bincount(answered, minlength=N_QUADRANTS)
        hit = np.bincount(answered[answered == lesson.y], minlength=N_QUADRANTS)
        rows.append((hit + overall) / (said + 1.0))
    return np.array(rows)
