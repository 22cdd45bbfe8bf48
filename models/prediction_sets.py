"""Prediction sets: the quadrants that hold a listener's answer with a stated probability.

Split conformal prediction (Vovk et al. 2005; Lei et al. 2018) with the score ``1 - p`` of the true
quadrant (Sadinle et al. 2019): whatever the model, a new answer's quadrant is in the set with at
least the stated probability, if it is exchangeable with the answers the scores are of.

Two rules keep a set in agreement with the distribution beside it: the likeliest quadrant is always
a member, and so is the second likeliest where no quadrant holds half. The two likeliest of four
always hold at least half together. The score of a quadrant that is always a member is 0, so that
sets stay nested in the limit and keep their coverage.
"""

import math

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import AMBIGUOUS_BELOW

Doubles = NDArray[np.float64]
COVERAGE = 0.8
"""The share of answers that sets are made to hold."""
ENOUGH = 30
"""Answers of a listener's own from which on their own scores are gone by."""


def scores(proba: Proba, y: IntVector) -> Doubles:
    """Return how strange each answer is, in [0, 1] ``(n_answers,)``."""
    at = np.arange(len(y)), y
    return np.where(_always_in(proba)[at], 0.0, 1.0 - proba[at])


def threshold(nonconformity: Doubles, coverage: float = COVERAGE) -> float:
    """Return the score up to which quadrants belong to a set; 1 where answers are too few.

    Args:
        nonconformity: Of answers that no model was fitted on ``(n_answers,)``.
        coverage: In (0, 1).
    """
    rank = math.ceil((len(nonconformity) + 1) * coverage)
    if rank > len(nonconformity):
        return 1.0
    return float(np.partition(nonconformity, rank - 1)[rank - 1])


def prediction_sets(proba: Proba, limit: Doubles | float) -> NDArray[np.bool_]:
    """Return which quadrants are in each track's set ``(n_tracks, n_quadrants)``.

    Args:
        proba: Shape ``(n_tracks, n_quadrants)``.
        limit: The strangeness up to which a quadrant is in, one for all or each ``(n_tracks,)``.
    """
    return np.asarray((1.0 - proba <= np.reshape(limit, (-1, 1))) | _always_in(proba))


def _always_in(proba: Proba) -> NDArray[np.bool_]:
    """Return the likeliest quadrant, and the second where it holds less than half."""
    order = np.argsort(-proba, axis=1, kind="stable")
    is_in = np.zeros(proba.shape, np.bool_)
    rows = np.arange(len(proba))
    is_in[rows, order[:, 0]] = True
    is_in[rows, order[:, 1]] = proba[rows, order[:, 0]] < AMBIGUOUS_BELOW
    return is_in
