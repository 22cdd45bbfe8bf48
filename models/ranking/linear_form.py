"""A listener's model as a linear form over track features, for a scan of a catalogue."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Votes
from models.emotion import N_QUADRANTS

Doubles = NDArray[np.float64]
Others = Callable[[FloatMatrix, Votes], Doubles]
"""Maps track features ``(k, n_columns)`` and others' votes ``(k, n_quadrants)`` to the change of
logits by the votes ``(k, n_quadrants)``."""


def _no_change(rows: FloatMatrix, votes: Votes) -> Doubles:
    del votes
    return np.zeros((len(rows), N_QUADRANTS))


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """The prediction for a listener as a function of track features ``x (n_columns,)``.

    ::

        p = softmax(x @ weight + offset)                  distribution over the quadrants
        E|y - t|^2 = p @ |centres - t|^2 + |within|^2     for an answer y and a point t

    ``change`` is added to the logits of tracks with others' votes.

    Attributes:
        weight: Shape ``(n_columns, n_quadrants)``.
        offset: Shape ``(n_quadrants,)``.
        centres: Mean valence and arousal of an answer in each quadrant ``(n_quadrants, 2)``.
        within: Standard deviation of both axes inside a quadrant ``(2,)``.
        others: Change of the logits by others' votes; none by default.
        places: Rows with others' votes, distinct and ascending ``(k,)``.
        change: Added to their logits ``(k, n_quadrants)``.
    """

    weight: Doubles
    offset: Doubles
    centres: Doubles
    within: Doubles
    others: Others = _no_change
    places: IntVector = field(default_factory=lambda: np.zeros(0, np.int64))
    change: Doubles = field(default_factory=lambda: np.zeros((0, N_QUADRANTS)))

    def with_votes(self, rows: FloatMatrix, places: IntVector, votes: Votes) -> "Linear":
        """Return the form with others' votes on these rows and on no others.

        Args:
            rows: All track features ``(n_tracks, n_columns)``.
            places: Rows with votes, distinct and ascending ``(k,)``.
            votes: Others' votes, without the listener's own ``(k, n_quadrants)``.
        """
        is_voted = votes.any(axis=1)  # without votes nothing changes, not even by rounding
        places, votes = places[is_voted], votes[is_voted]
        return replace(self, places=places, change=self.others(rows[places], votes))
