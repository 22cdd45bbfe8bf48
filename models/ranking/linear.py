"""A listener as a linear form over sketches: all that a pass over a catalogue needs to know."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Votes

Doubles = NDArray[np.float64]
Others = Callable[[FloatMatrix, Votes], Doubles]
"""Turns sketches of tracks ``(k, n_columns)`` and other listeners' votes on them
``(k, n_quadrants)`` into what is added to the logits ``(k, n_quadrants)``."""


def _nothing(rows: FloatMatrix, votes: Votes) -> Doubles:
    del rows
    return np.zeros_like(votes)


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """What a listener answers about a track, as a function of its sketch ``x (n_columns,)``.

    ::

        p = softmax(x @ weight + offset)                  a distribution over the quadrants
        mean = p @ centres,   E|y - t|^2 = p @ |centres - t|^2 + |within|^2

    At some tracks, on which others have voted, the logits are corrected.

    Attributes:
        weight: Shape ``(n_columns, n_quadrants)``.
        offset: Shape ``(n_quadrants,)``.
        centres: Where the answers of each quadrant lie on the plane ``(n_quadrants, 2)``.
        within: Their standard deviation within a quadrant ``(2,)``.
        places: Rows that are corrected, ascending ``(k,)``.
        change: Added to their logits ``(k, n_quadrants)``.
        others: What other listeners' votes correct; nothing, if it is not given.
    """

    weight: Doubles
    offset: Doubles
    centres: Doubles
    within: Doubles
    places: IntVector = field(default_factory=lambda: np.zeros(0, np.int64))
    change: Doubles = field(default_factory=lambda: np.zeros((0, 4)))
    others: Others = _nothing

    def told(self, rows: FloatMatrix, places: IntVector, votes: Votes) -> "Linear":
        """Return the same listener, who knows how others voted on these rows and on no other.

        Args:
            rows: All sketches ``(n_tracks, n_columns)``.
            places: Distinct, ascending ``(k,)``.
            votes: Other listeners', never the listener's own ``(k, n_quadrants)``.
        """
        return replace(self, places=places, change=self.others(rows[places], votes))


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What a listener expects of tracks, in units of the axes.

    Attributes:
        mean: Valence and arousal ``(n_tracks, 2)``.
        variance: Of either axis ``(n_tracks,)``.
    """

    mean: NDArray[np.floating]
    variance: NDArray[np.floating]
