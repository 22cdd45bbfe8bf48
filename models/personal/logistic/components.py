"""Components: the few numbers of a recording on which a listener's taste depends."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Whitened principal components of standardised features, of mean square length 1.

    Attributes:
        centre: Mean of each feature ``(n_features,)``.
        matrix: Shape ``(n_features, n_components)``. Over the tracks it was fitted to, components
            have equal variances, which add up to 1.
    """

    centre: NDArray[np.float64]
    matrix: NDArray[np.float64]

    @property
    def n_features(self) -> int:
        """The number of features read, the first of a row."""
        return len(self.centre)

    @property
    def n_components(self) -> int:
        """The number of components."""
        return int(self.matrix.shape[1])

    def __call__(self, x: FloatMatrix) -> NDArray[np.float64]:
        """Return the components ``(n_tracks, n_components)``.

        Args:
            x: Features ``(n_tracks, n_features or more)``.
        """
        return np.asarray((x[:, : self.n_features] - self.centre) @ self.matrix)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays to store."""
        return {"centre": self.centre, "matrix": self.matrix}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Components":
        """Return the components that ``to_arrays`` wrote."""
        return cls(arrays["centre"].astype(np.float64), arrays["matrix"].astype(np.float64))
