"""Prediction sets: the quadrants that hold a listener's answer with a stated probability.

Split conformal prediction (Vovk et al. 2005; Lei et al. 2018) with the score ``1 - p`` of the true
quadrant (Sadinle et al. 2019): whatever the model, a new answer's quadrant is in the set with at
least the stated probability, if it is exchangeable with the answers the scores are of.
"""

import math

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba

Doubles = NDArray[np.float64]
COVERAGE = 0.8
"""The share of answers that sets are made to hold."""
ENOUGH = 30
"""Answers of a listener's own from which on their own scores are gone by."""


def scores(proba: Proba, y: IntVector) -> Doubles:
    """Return how strange each answer is, in [0, 1] ``(n_answers,)``."""
    return np.asarray(1.0 - proba[np.arange(len(y)), y])


def threshold(strangeness: Doubles, coverage: float = COVERAGE) -> float:
    """Return the score up to which quadrants belong to a set; 1 where answers are too few.

    Args:
        strangeness: Of answers that no model was fitted on ``(n_answers,)``.
        coverage: In (0, 1).
    """
    rank = math.ceil((len(strangeness) + 1) * coverage)
    if rank > len(strangeness):
        return 1.0
    return float(np.partition(strangeness, rank - 1)[rank - 1])


def prediction_sets(proba: Proba, limit: Doubles | float) -> NDArray[np.bool_]:
    """Return which quadrants are in each track's set ``(n_tracks, n_quadrants)``; never none.

    The likeliest quadrant is in where none would be: that makes sets hold more than is stated,
    never less.

    Args:
        proba: Shape ``(n_tracks, n_quadrants)``.
        limit: The strangeness up to which a quadrant is in, one for all or each ``(n_tracks,)``.
    """
    sets = 1.0 - proba <= np.reshape(limit, (-1, 1))
    sets[np.arange(len(proba)), proba.argmax(axis=1)] = True
    return np.asarray(sets)
