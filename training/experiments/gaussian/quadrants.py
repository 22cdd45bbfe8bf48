"""Quadrants of a normal point: how likely each is."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_ndtr

from models.arrays import Proba
from models.emotion import SIGNS
from training.experiments.gaussian.posterior import Doubles


def positive(mean: Doubles, variance: Doubles, temperature: float) -> Doubles:
    """Return how likely each axis is positive ``(n_tracks, n_axes)``.

    The mass of a normal distribution above 0 (Rasmussen and Williams 2006, 6.5), its log odds
    divided by the temperature (Guo et al. 2017).

    Args:
        mean: Shape ``(n_tracks, n_axes)``.
        variance: Of every axis ``(n_tracks,)``.
        temperature: Above 1 makes answers less sure.
    """
    z = mean / np.sqrt(variance)[:, None]
    return np.asarray(expit((log_ndtr(z) - log_ndtr(-z)) / temperature))


def quadrant_proba(mean: Doubles, variance: Doubles, temperature: float) -> Proba:
    """Return distributions over the quadrants ``(n_tracks, n_quadrants)``.

    The axes are independent given the means, so a quadrant is the product of its two signs, and a
    temperature of the distribution is one of each axis.
    """
    above = positive(mean, variance, temperature)
    is_above: NDArray[np.bool_] = SIGNS > 0
    factors = np.where(is_above, above[:, None, :], 1.0 - above[:, None, :])
    return np.asarray(factors.prod(axis=-1))
