"""Sketches: a track as the logistic model sees it, one row of a matrix.

Columns are three contrasts of the population model's log-probabilities (valence, arousal and the
product of their signs), then the components of the recording::

    log p0(q) = s_v x_0 + s_a x_1 + s_v s_a x_2 + constant

for a quadrant with the signs ``s_v, s_a``: the logits of any listener are linear in a row.
"""

from collections.abc import Callable

import numpy as np

from models.arrays import FloatMatrix, Proba
from models.emotion import SIGNS
from models.personal.logistic.prior import Doubles, log_softmax

CONTRASTS: Doubles = np.column_stack([SIGNS, SIGNS.prod(axis=1)])
"""What each contrast adds to the log-probability of each quadrant ``(n_quadrants, 3)``."""
N_CONTRASTS = CONTRASTS.shape[1]
FURTHEST = 10.0
"""Components are at most this long, ten times what is usual: what lies farther off would leave the
weights of a listener's taste without a unique answer in double precision."""
_LEAST = 1e-12
"""Probabilities below this are not told apart."""


def n_columns(n_components: int) -> int:
    """Return how long a sketch is."""
    return N_CONTRASTS + n_components


def track_features(proba: Proba, phi: Doubles) -> FloatMatrix:
    """Return tracks' sketches ``(n_tracks, n_columns)``.

    Args:
        proba: What the population model says of each track ``(n_tracks, n_quadrants)``.
        phi: Components ``(n_tracks, n_components)``, all 0 for a track without a recording.
    """
    far = np.linalg.norm(phi, axis=1, keepdims=True) / FURTHEST
    near = phi / np.maximum(far, 1.0)
    return np.concatenate([contrasts_of(proba), near], axis=1).astype(np.float32)


def log_proba_in(rows: FloatMatrix) -> Doubles:
    """Return the log-probabilities that sketches hold ``(n_tracks, n_quadrants)``.

    Args:
        rows: Shape ``(n_tracks, n_columns)``; single precision keeps six digits.
    """
    return log_softmax(logits_in(rows))


def logits_in(rows: FloatMatrix) -> Doubles:
    """Return the same up to a constant for each track ``(n_tracks, n_quadrants)``."""
    contrasts = rows[:, :N_CONTRASTS].astype(np.float64)
    # Term by term, not as a matrix product, which rounds by its shape: a row is the same alone.
    terms = (contrasts[:, None, k] * CONTRASTS[:, k] for k in range(N_CONTRASTS))
    return np.asarray(sum(terms))


def proba_in(rows: FloatMatrix) -> Proba:
    """Return the distributions that sketches hold ``(n_tracks, n_quadrants)``."""
    return np.asarray(np.exp(log_proba_in(rows)))


def components_in(rows: FloatMatrix) -> FloatMatrix:
    """Return the components in sketches ``(n_tracks, n_components)``, a view of them."""
    return rows[:, N_CONTRASTS:]


def recalibrated_features(rows: FloatMatrix, calibrate: Callable[[Proba], Proba]) -> FloatMatrix:
    """Return sketches of other distributions; the components stay ``(n_tracks, n_columns)``.

    Args:
        rows: Shape ``(n_tracks, n_columns)``.
        calibrate: Turns the distributions of the population model into others.
    """
    drawn = rows.copy()
    drawn[:, :N_CONTRASTS] = contrasts_of(calibrate(proba_in(rows)))
    return drawn


def design_of(rows: FloatMatrix, n_taste: int) -> Doubles:
    """Return what a listener's weights multiply: 1 for the level, then the first components.

    Args:
        rows: Shape ``(n_tracks, n_columns)``.
        n_taste: How many components.

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
