"""Points in units of whoever gave them: some use the whole plane and some its middle."""

import numpy as np

from training.experiments.gaussian.posterior import Doubles


def measured(points: Doubles) -> Doubles:
    """Return one listener's points ``(n_answers, 2)`` in units of their mean distance from 0."""
    usual = np.abs(points).mean(axis=0)
    return np.asarray(points / np.where(usual > 0.0, usual, 1.0))
