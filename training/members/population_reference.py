"""Computes the population reference, against which catalogues are calibrated."""

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS
from models.population import PopulationReference, log_odds

_LEAST_TRACKS = 10  # of a corpus' quadrant, for a reliable mean

Doubles = NDArray[np.float64]


def population_reference(
    proba: Proba, phi: Doubles, y: IntVector, corpus: NDArray[np.generic]
) -> PopulationReference:
    """Return the reference of training tracks with a recording.

    Args:
        proba: Out-of-fold distributions, as for an unknown corpus ``(n_tracks, n_quadrants)``.
        phi: Components ``(n_tracks, n_components)``.
        y: Class indices ``(n_tracks,)``; every quadrant has a track.
        corpus: The corpus of each track ``(n_tracks,)``.
    """
    cells = _cells(y, corpus)
    centred = np.concatenate([phi[cell] - phi[cell].mean(axis=0) for cell in cells])
    n_tracks, n_components = centred.shape
    within = centred.T @ centred
    # Adds as many pseudo-tracks as components, so that the matrix is invertible.
    ridge = n_components * float(np.trace(within)) / n_tracks / n_components
    within = (within + ridge * np.eye(n_components)) / (n_tracks + n_components)
    whitening = np.linalg.inv(np.linalg.cholesky(within))
    large = [cell for cell in cells if len(cell) >= _LEAST_TRACKS] or cells
    axes = log_odds(proba)[:, :2]
    return PopulationReference(
        vertices=np.stack([whitening @ phi[cell].mean(axis=0) for cell in large]),
        whitening=whitening,
        zero=np.mean(
            [axes[y == quadrant].mean(axis=0) for quadrant in range(N_QUADRANTS)], axis=0
        ),
        n_tracks=n_tracks,
    )


def _cells(y: IntVector, corpus: NDArray[np.generic]) -> list[IntVector]:
    """Return the positions of the tracks of each non-empty pair of corpus and quadrant."""
    number = np.unique(corpus, return_inverse=True)[1] * N_QUADRANTS + y
    return [np.flatnonzero(number == cell) for cell in np.unique(number)]
