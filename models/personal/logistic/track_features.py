"""Track features: the inputs of the logistic model, one row for each track.

The columns are three contrasts of the population model's log-probabilities (valence, arousal and
the product of their signs), then the components of the recording::

    log p0(q) = s_v x_0 + s_a x_1 + s_v s_a x_2 + constant

for a quadrant with the signs ``s_v, s_a``. The logits of every listener are linear in a row.
"""

from collections.abc import Callable

import numpy as np

from models.arrays import FloatMatrix, Proba
from models.emotion import SIGNS
from models.personal.logistic.prior import Doubles, log_softmax

CONTRASTS: Doubles = np.column_stack([SIGNS, SIGNS.prod(axis=1)])
"""Coefficient of each contrast in the logit of each quadrant ``(n_quadrants, 3)``."""
N_CONTRASTS = CONTRASTS.shape[1]
FURTHEST = 10.0
"""Largest length of a track's components, ten times the usual one. Longer components would make
the posterior of a listener's taste singular in double precision."""
_LEAST = 1e-12
"""Lower bound of a probability."""


def n_columns(n_components: int) -> int:
    """Return the number of columns of track features."""
    return N_CONTRASTS + n_components


def track_features(proba: Proba, phi: Doubles) -> FloatMatrix:
    """Return track features ``(n_tracks, n_columns)``.

    Args:
        proba: The population model's distributions ``(n_tracks, n_quadrants)``.
        phi: Components ``(n_tracks, n_components)``; 0 for a track without a recording.
    """
    far = np.linalg.norm(phi, axis=1, keepdims=True) / FURTHEST
    near = phi / np.maximum(far, 1.0)
    return np.concatenate([contrasts_of(proba), near], axis=1).astype(np.float32)


def log_proba_in(rows: FloatMatrix) -> Doubles:
    """Return the population model's log-probabilities, exact to six digits.

    Args:
        rows: Shape ``(n_tracks, n_columns)``.

    Returns:
        Shape ``(n_tracks, n_quadrants)``.
    """
    return log_softmax(logits_in(rows))


def logits_in(rows: FloatMatrix) -> Doubles:
    """Return `log_proba_in` up to a constant for each track ``(n_tracks, n_quadrants)``."""
    contrasts = rows[:, :N_CONTRASTS].astype(np.float64)
    # Not a matrix product, whose rounding depends on the number of rows.
    terms = (contrasts[:, None, k] * CONTRASTS[:, k] for k in range(N_CONTRASTS))
    return np.asarray(sum(terms))


def proba_in(rows: FloatMatrix) -> Proba:
    """Return the population model's distributions ``(n_tracks, n_quadrants)``."""
    return np.asarray(np.exp(log_proba_in(rows)))


def components_in(rows: FloatMatrix) -> FloatMatrix:
    """Return a view of the components ``(n_tracks, n_components)``."""
    return rows[:, N_CONTRASTS:]


def recalibrated_features(rows: FloatMatrix, calibrate: Callable[[Proba], Proba]) -> FloatMatrix:
    """Return track features with recalibrated distributions ``(n_tracks, n_columns)``.

    Args:
        rows: Shape ``(n_tracks, n_columns)``.
        calibrate: Applied to the population model's distributions.
    """
    recalibrated = rows.copy()
    recalibrated[:, :N_CONTRASTS] = contrasts_of(calibrate(proba_in(rows)))
    return recalibrated


def design_of(rows: FloatMatrix, n_taste: int) -> Doubles:
    """Return the design: 1 for the level, then the first components.

    Args:
        rows: Shape ``(n_tracks, n_columns)``.
        n_taste: Number of components.

    Returns:
        Shape ``(n_tracks, 1 + n_taste)``.
    """
    phi = components_in(rows)[:, :n_taste].astype(np.float64)
    return np.concatenate([np.ones((len(rows), 1)), phi], axis=1)


def contrasts_of(proba: Proba) -> Doubles:
    """Return the contrasts of the log-probabilities of distributions ``(n_tracks, 3)``."""
    one, two, three, four = np.log(np.maximum(proba, _LEAST)).T
    columns = [one - two - three + four, one + two - three - four, one - two + three - four]
    return np.stack(columns, axis=1) / len(SIGNS)
