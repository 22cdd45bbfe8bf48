"""Makes what a catalogue is calibrated against: how the training tracks look."""

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS
from models.population import PopulationReference, log_odds

_LEAST_TRACKS = 10  # of a corpus's quadrant, for a mean that others may be compared with

Doubles = NDArray[np.float64]


def population_reference(
    proba: Proba, phi: Doubles, y: IntVector, corpus: NDArray[np.generic]
) -> PopulationReference:
    """Return the reference that training tracks with a recording make.

    Args:
        proba: What the shared models say of each that were not fitted to its artist, as the
            service would say it of a stranger's track ``(n_tracks, n_quadrants)``.
        phi: Components ``(n_tracks, n_components)``.
        y: Class indices ``(n_tracks,)``; every quadrant has a track.
        corpus: Which corpus each is of, by any name ``(n_tracks,)``.
    """
    cells = _cells(y, corpus)
    centred = np.concatenate([phi[cell] - phi[cell].mean(axis=0) for cell in cells])
    n_tracks, n_components = centred.shape
    within = centred.T @ centred
    # As many pseudo-tracks as components, so that few tracks can be inverted.
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
    """Return the places of the tracks of each corpus and quadrant that has some."""
    number = np.unique(corpus, return_inverse=True)[1] * N_QUADRANTS + y
    return [np.flatnonzero(number == cell) for cell in np.unique(number)]
