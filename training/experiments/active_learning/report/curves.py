"""Learning curves: the F1 of each predictor, round by round."""

import numpy as np

from training.experiments.active_learning.results import Baselines, Unit
from training.reporting.scores import Floats, confusions, weighted_f1


def unit_curves(unit: Unit) -> Floats:
    """Return a unit's learning curves ``(n_parts, n_scored, n_predictors, n_rounds + 1)``.

    The committee's single models are the members of all algorithms.
    """
    n_members, n_algorithms = unit.answers.shape[1], len(unit.predictors) - 1
    likeliest = unit.proba.argmax(axis=-1)
    f1 = weighted_f1(
        confusions(
            unit.judged.y, unit.judged.is_cold, np.concatenate([unit.answers, likeliest], axis=1)
        )
    )
    singles, consensus = f1[:, :, :n_members], f1[:, :, n_members:]
    by_algorithm = singles.reshape(*singles.shape[:2], n_algorithms, -1).mean(axis=-1)
    single = np.concatenate([by_algorithm, by_algorithm.mean(axis=-1, keepdims=True)], axis=-1)
    return np.stack([single, consensus], axis=1).swapaxes(-1, -2)


def baseline_curves(baselines: Baselines) -> Floats:
    """Return the baselines' curves in a split ``(n_parts, n_names, n_rounds + 1)``."""
    f1 = weighted_f1(
        confusions(baselines.judged.y, baselines.judged.is_cold, baselines.proba.argmax(axis=-1))
    )
    return f1.swapaxes(-1, -2)
