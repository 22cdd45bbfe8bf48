"""Fits the audio components that a listener's taste may depend on."""

import numpy as np

from models.arrays import FloatMatrix
from models.personal.logistic import Components

N_COMPONENTS = 32
"""Largest number of components."""
_LEAST_SPREAD = 1e-6  # relative to the largest component; smaller ones are rounding errors


def fit_components(x: FloatMatrix, n_components: int = N_COMPONENTS) -> Components:
    """Return the whitened principal components of standardised features.

    Args:
        x: Features ``(n_tracks, n_features)``.
        n_components: The largest number of components.
    """
    exact = x.astype(np.float64)
    scale = exact.std(axis=0)
    steady = np.where(scale > 0, scale, 1.0)
    centred = (exact - exact.mean(axis=0)) / steady
    _, spread, axes = np.linalg.svd(centred, full_matrices=False)
    kept = min(n_components, int((spread > _LEAST_SPREAD * spread[0]).sum()))
    # Scales the components so that their mean squared length over the tracks is 1.
    width = spread[:kept] / np.sqrt(len(x)) * np.sqrt(kept)
    return Components(exact.mean(axis=0), axes[:kept].T / steady[:, None] / width)
