"""Which rows of features belong to which track: one row each, or a track's frames."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of features, track after track.

    Attributes:
        counts: Rows of each track, at least 1 ``(n_tracks,)``.
    """

    counts: IntVector

    @classmethod
    def single(cls, n_tracks: int) -> "Rows":
        """Return the rows of tracks that have one each."""
        return cls(np.ones(n_tracks, np.int64))

    @property
    def is_single(self) -> bool:
        """Whether a row is a track."""
        return bool((self.counts == 1).all())

    def take(self, tracks: IntVector) -> "Rows":
        """Return the rows of some of the tracks."""
        return Rows(self.counts[tracks])

    def of(self, tracks: IntVector) -> IntVector:
        """Return where the rows of some tracks stand, track after track.

        >>> Rows(np.array([2, 1, 3])).of(np.array([2, 0])).tolist()
        [3, 4, 5, 0, 1]
        """
        counts = self.counts[tracks]
        first = (np.cumsum(self.counts) - self.counts)[tracks]
        before = np.cumsum(counts) - counts
        return np.asarray(np.repeat(first - before, counts) + np.arange(counts.sum()))

    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return one value for each row ``(n_rows, ...)`` of one for each track."""
        return np.repeat(values, self.counts, axis=0)

    def mean(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the mean over each track's rows.

        Args:
            values: Shape ``(..., n_rows, n_columns)``.

        Returns:
            Shape ``(..., n_tracks, n_columns)``.
        """
        if self.is_single:
            return values
        first = np.cumsum(self.counts) - self.counts
        total = np.add.reduceat(values, first, axis=-2)
        return np.asarray(total / self.counts[:, None])
