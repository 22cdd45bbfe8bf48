"""Points of listeners in their own units, and probabilities of the quadrants of a normal point."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_ndtr

from models.arrays import IntVector, Proba
from models.emotion import SIGNS
from training.experiments.gaussian.posterior import Doubles


def measured(points: Doubles) -> Doubles:
    """Return one listener's points ``(n_answers, 2)`` in units of their mean distance from 0."""
    usual = np.abs(points).mean(axis=0)
    return np.asarray(points / np.where(usual > 0.0, usual, 1.0))


def measured_each(points: Doubles, listener: IntVector) -> Doubles:
    """Return points ``(n_answers, 2)`` in units of each listener's own.

    Args:
        points: Points of several listeners.
        listener: Number of each point's listener, from 0 ``(n_answers,)``.
    """
    given = points.copy()
    for who in range(int(listener.max(initial=-1)) + 1):
        given[listener == who] = measured(given[listener == who])
    return given


def positive(mean: Doubles, variance: Doubles, temperature: float) -> Doubles:
    """Return the probability that each axis is positive ``(n_tracks, n_axes)``.

    The mass of a normal distribution above 0 (Rasmussen and Williams 2006, 6.5), its log odds
    divided by the temperature (Guo et al. 2017).

    Args:
        mean: Shape ``(n_tracks, n_axes)``.
        variance: Variance of every axis ``(n_tracks,)``.
        temperature: Divisor of the log odds.
    """
    z = mean / np.sqrt(variance)[:, None]
    return np.asarray(expit((log_ndtr(z) - log_ndtr(-z)) / temperature))


def quadrant_proba(mean: Doubles, variance: Doubles, temperature: float) -> Proba:
    """Return distributions over the quadrants ``(n_tracks, n_quadrants)``.

    The axes are independent given the means, so a quadrant is the product of its two signs, and
    the temperature applies to each axis.
    """
    above = positive(mean, variance, temperature)
    is_above: NDArray[np.bool_] = SIGNS > 0
    factors = np.where(is_above, above[:, None, :], 1.0 - above[:, None, :])
    return np.asarray(factors.prod(axis=-1))
