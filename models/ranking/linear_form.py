"""A listener as a linear form over sketches: all that a pass over a catalogue needs to know."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Votes
from models.emotion import N_QUADRANTS

Doubles = NDArray[np.float64]
Others = Callable[[FloatMatrix, Votes], Doubles]
"""Turns sketches of tracks ``(k, n_columns)`` and other listeners' votes on them
``(k, n_quadrants)`` into what the votes add to the logits ``(k, n_quadrants)``."""


def _nothing(rows: FloatMatrix, votes: Votes) -> Doubles:
    del votes
    return np.zeros((len(rows), N_QUADRANTS))


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """What a listener expects of a track, as a function of its sketch ``x (n_columns,)``.

    ::

        p = softmax(x @ weight + offset)                  a distribution over the quadrants
        E|y - t|^2 = p @ |centres - t|^2 + |within|^2     of an answer y from a point t

    At some tracks, on which others have voted, ``change`` is added to the logits.

    Attributes:
        weight: Shape ``(n_columns, n_quadrants)``.
        offset: Shape ``(n_quadrants,)``.
        centres: Mean valence and arousal of an answer in each quadrant ``(n_quadrants, 2)``.
        within: Standard deviation of both axes inside a quadrant ``(2,)``.
        others: What other listeners' votes change; nothing, if it is not given.
        places: Rows that are changed, distinct and ascending ``(k,)``.
        change: Added to their logits ``(k, n_quadrants)``.
    """

    weight: Doubles
    offset: Doubles
    centres: Doubles
    within: Doubles
    others: Others = _nothing
    places: IntVector = field(default_factory=lambda: np.zeros(0, np.int64))
    change: Doubles = field(default_factory=lambda: np.zeros((0, N_QUADRANTS)))

    def told(self, rows: FloatMatrix, places: IntVector, votes: Votes) -> "Linear":
        """Return the same listener with others' votes on these rows and on no other.

        Args:
            rows: All sketches ``(n_tracks, n_columns)``.
            places: Distinct, ascending ``(k,)``.
            votes: Other listeners', never the listener's own ``(k, n_quadrants)``.
        """
        is_voted = votes.any(axis=1)  # no votes change nothing, not even by rounding
        places, votes = places[is_voted], votes[is_voted]
        return replace(self, places=places, change=self.others(rows[places], votes))
