"""A listener as a linear form over sketches: all that a pass over a catalogue needs to know."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Votes

Doubles = NDArray[np.float64]
Others = Callable[[FloatMatrix, Votes], tuple[Doubles, Doubles]]
"""Turns sketches of tracks ``(k, n_columns)`` and other listeners' votes on them
``(k, n_quadrants)`` into ``shift (k, 2)`` and ``variance_change (k,)``."""


def _nothing(rows: FloatMatrix, votes: Votes) -> tuple[Doubles, Doubles]:
    del votes
    return np.zeros((len(rows), 2)), np.zeros(len(rows))


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """What a listener expects of a track, as a function of its sketch ``x (n_columns,)``.

    ::

        mean     = x @ weight + offset                                      (valence, arousal)
        variance = variance + taste * |phi|^2 - |x @ learnt + learnt_offset|^2      (of both axes)
        P(axis > 0) = sigmoid(logit(Phi(mean / sqrt(variance))) / temperature)

    ``|phi|^2`` is a column of the sketch. An axis is in units of what a quadrant says. At some
    tracks, on which others have voted, mean and variance are corrected.

    Attributes:
        weight: Shape ``(n_columns, 2)``.
        offset: Shape ``(2,)``.
        learnt: What answers have taught ``(n_columns, rank)``; the rank may be 0.
        learnt_offset: Shape ``(rank,)``.
        variance: The constant part, noise included; above 0.
        taste: What ``|phi|^2`` is multiplied by.
        unit: What +1 stands for in valence and in arousal ``(2,)``.
        temperature: Of the probability that a track lies on a side of an axis.
        places: Rows that are corrected, ascending ``(k,)``.
        shift: Added to their means ``(k, 2)``.
        variance_change: Added to their variances ``(k,)``.
        others: What other listeners' votes correct; nothing, if it is not given.
    """

    weight: Doubles
    offset: Doubles
    learnt: Doubles
    learnt_offset: Doubles
    variance: float
    taste: float
    unit: Doubles = field(default_factory=lambda: np.ones(2))
    temperature: float = 1.0
    places: IntVector = field(default_factory=lambda: np.zeros(0, np.int64))
    shift: Doubles = field(default_factory=lambda: np.zeros((0, 2)))
    variance_change: Doubles = field(default_factory=lambda: np.zeros(0))
    others: Others = _nothing

    def told(self, rows: FloatMatrix, places: IntVector, votes: Votes) -> "Linear":
        """Return the same listener, who knows how others voted on these rows and on no other.

        Args:
            rows: All sketches ``(n_tracks, n_columns)``.
            places: Distinct, ascending ``(k,)``.
            votes: Other listeners', never the listener's own ``(k, n_quadrants)``.
        """
        shift, variance_change = self.others(rows[places], votes)
        return replace(self, places=places, shift=shift, variance_change=variance_change)


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What a listener expects of tracks, in units of the axes.

    Attributes:
        mean: Valence and arousal ``(n_tracks, 2)``.
        variance: Of either axis ``(n_tracks,)``.
    """

    mean: NDArray[np.floating]
    variance: NDArray[np.floating]
