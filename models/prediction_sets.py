"""Prediction sets: the quadrants that hold a listener's answer with a stated probability.

Split conformal prediction (Vovk et al. 2005; Lei et al. 2018) with the score ``1 - p`` of the true
quadrant (Sadinle et al. 2019): for any model, the set contains a new answer's quadrant with at
least the stated probability if the answer is exchangeable with the calibration answers.

Two rules keep a set consistent with its distribution: it always contains the likeliest quadrant,
and the second likeliest if no quadrant has probability one half. The two likeliest of four always
have at least one half together. A quadrant that is always in the set has the score 0, so that sets
are nested in the limit and keep their coverage.
"""

import math

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import AMBIGUOUS_BELOW

Doubles = NDArray[np.float64]
COVERAGE = 0.8
"""Target probability that a set contains the answer."""
ENOUGH = 30
"""Number of a listener's answers from which on the limit comes from their own scores."""


def scores(proba: Proba, y: IntVector) -> Doubles:
    """Return the nonconformity score of each answer, in [0, 1] ``(n_answers,)``."""
    at = np.arange(len(y)), y
    return np.where(_always_in(proba)[at], 0.0, 1.0 - proba[at])


def threshold(nonconformity: Doubles, coverage: float = COVERAGE) -> float:
    """Return the largest score of a quadrant in a set; 1 if there are too few answers.

    Args:
        nonconformity: Scores of answers to which no model was fitted ``(n_answers,)``.
        coverage: In (0, 1).
    """
    rank = math.ceil((len(nonconformity) + 1) * coverage)
    if rank > len(nonconformity):
        return 1.0
    return float(np.partition(nonconformity, rank - 1)[rank - 1])


def prediction_sets(proba: Proba, limit: Doubles | float) -> NDArray[np.bool_]:
    """Return whether each quadrant is in the track's set ``(n_tracks, n_quadrants)``.

    Args:
        proba: Shape ``(n_tracks, n_quadrants)``.
        limit: Largest nonconformity score, for all tracks or for each ``(n_tracks,)``.
    """
    return np.asarray((1.0 - proba <= np.reshape(limit, (-1, 1))) | _always_in(proba))


def _always_in(proba: Proba) -> NDArray[np.bool_]:
    """Return the likeliest quadrant, and the second if no quadrant has one half."""
    order = np.argsort(-proba, axis=1, kind="stable")
    is_in = np.zeros(proba.shape, np.bool_)
    rows = np.arange(len(proba))
    is_in[rows, order[:, 0]] = True
    is_in[rows, order[:, 1]] = proba[rows, order[:, 0]] < AMBIGUOUS_BELOW
    return is_in
