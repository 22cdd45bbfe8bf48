"""The expected density of answers on a grid over valence and arousal."""

import numpy as np
from numpy.typing import NDArray

N_CELLS = 41
CELL = 2.0 / (N_CELLS - 1)
"""Distance between the centres of neighbouring cells; the least standard deviation."""
CENTRES = np.round(np.linspace(-1.0, 1.0, N_CELLS), 10)
"""Centres of the cells on each axis ``(n_cells,)``."""


def density(mean: NDArray[np.float64], sd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean density of tracks' answers in each cell, summing to 1, or 0 without tracks.

    An equal mixture of one normal distribution per track, truncated to [-1, 1] on both axes;
    valence and arousal are independent given the track.

    Args:
        mean: Valence and arousal, in [-1, 1] ``(n_tracks, 2)``.
        sd: Standard deviations ``(n_tracks, 2)``.

    Returns:
        Arousal from low to high, then valence from low to high ``(n_cells, n_cells)``.
    """
    width = np.maximum(sd, CELL)[:, :, None]
    along = np.exp(-0.5 * ((CENTRES - mean[:, :, None]) / width) ** 2)
    along /= along.sum(axis=2, keepdims=True)
    valence, arousal = along[:, 0], along[:, 1]
    return np.asarray(arousal.T @ valence / max(len(mean), 1))
