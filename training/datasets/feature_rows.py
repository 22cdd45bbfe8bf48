"""Assignment of feature rows to tracks: one row per track, or one row per frame."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Numbers of consecutive feature rows of each track.

    Attributes:
        counts: Rows of each track, at least 1 ``(n_tracks,)``.
    """

    counts: IntVector

    @classmethod
    def single(cls, n_tracks: int) -> "Rows":
        """Return one row for each track."""
        return cls(np.ones(n_tracks, np.int64))

    @property
    def is_single(self) -> bool:
        """Whether each track has one row."""
        return bool((self.counts == 1).all())

    def take(self, tracks: IntVector) -> "Rows":
        """Return the rows of the given tracks."""
        return Rows(self.counts[tracks])

    def of(self, tracks: IntVector) -> IntVector:
        """Return the positions of the given tracks' rows.

        >>> Rows(np.array([2, 1, 3])).of(np.array([2, 0])).tolist()
        [3, 4, 5, 0, 1]
        """
        counts = self.counts[tracks]
        first = (np.cumsum(self.counts) - self.counts)[tracks]
        before = np.cumsum(counts) - counts
        return np.asarray(np.repeat(first - before, counts) + np.arange(counts.sum()))

    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        """Repeat each track's value for its rows ``(n_rows, ...)``."""
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
