"""Fits the components of recordings that a listener's taste may depend on."""

import numpy as np

from models.arrays import FloatMatrix
from models.personal.logistic import Components

N_COMPONENTS = 32
"""Components of the features, or as many as there are features."""
_LEAST_SPREAD = 1e-6  # of a component, in parts of the widest: what is narrower is rounding


def fit_components(x: FloatMatrix, n_components: int = N_COMPONENTS) -> Components:
    """Return the whitened principal components of standardised features.

    Args:
        x: Features ``(n_tracks, n_features)``; labels play no part.
        n_components: At most this many.
    """
    exact = x.astype(np.float64)
    scale = exact.std(axis=0)
    steady = np.where(scale > 0, scale, 1.0)
    centred = (exact - exact.mean(axis=0)) / steady
    _, spread, axes = np.linalg.svd(centred, full_matrices=False)
    kept = min(n_components, int((spread > _LEAST_SPREAD * spread[0]).sum()))
    # The components' mean square length over the tracks is 1.
    width = spread[:kept] / np.sqrt(len(x)) * np.sqrt(kept)
    return Components(exact.mean(axis=0), axes[:kept].T / steady[:, None] / width)
