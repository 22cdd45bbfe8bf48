"""Points in units of whoever gave them: some use the whole plane and some its middle."""

import numpy as np

from models.arrays import IntVector
from training.experiments.gaussian.posterior import Doubles


def measured(points: Doubles) -> Doubles:
    """Return one listener's points ``(n_answers, 2)`` in units of their mean distance from 0."""
    usual = np.abs(points).mean(axis=0)
    return np.asarray(points / np.where(usual > 0.0, usual, 1.0))


def measured_each(points: Doubles, listener: IntVector) -> Doubles:
    """Return points ``(n_answers, 2)`` in units of each listener's own.

    Args:
        points: Of several listeners.
        listener: Who gave each, as numbers from 0 ``(n_answers,)``.
    """
    given = points.copy()
    for who in range(int(listener.max(initial=-1)) + 1):
        given[listener == who] = measured(given[listener == who])
    return given
