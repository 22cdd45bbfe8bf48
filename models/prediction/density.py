"""The plane: where on a grid over valence and arousal answers are expected to fall."""

import numpy as np
from numpy.typing import NDArray

N_CELLS = 41
CELL = 2.0 / (N_CELLS - 1)
"""Between the centres of neighbouring cells; no expectation is drawn narrower."""
CENTRES = np.round(np.linspace(-1.0, 1.0, N_CELLS), 10)
"""Of the grid's cells, on either axis ``(n_cells,)``."""


def density(mean: NDArray[np.float64], sd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of what is expected of tracks lies in each cell; it sums to 1.

    A mixture of one normal distribution a track, each cut to [-1, 1] on both axes and of the same
    weight; valence and arousal are independent given the track. Of no tracks it is 0 everywhere.

    Args:
        mean: Valence and arousal, in [-1, 1] ``(n_tracks, 2)``.
        sd: Of each ``(n_tracks, 2)``.

    Returns:
        Arousal from low to high, then valence from low to high ``(n_cells, n_cells)``.
    """
    width = np.maximum(sd, CELL)[:, :, None]
    along = np.exp(-0.5 * ((CENTRES - mean[:, :, None]) / width) ** 2)
    along /= along.sum(axis=2, keepdims=True)
    valence, arousal = along[:, 0], along[:, 1]
    return np.asarray(arousal.T @ valence / max(len(mean), 1))
