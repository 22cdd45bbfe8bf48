"""What a way to make a personal model is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from training.experiments.few_labels.context import Context

NOMINAL = 0.8
"""The share of tracks whose quadrant a prediction set is to hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a personal model says of the judged tracks.

    Attributes:
        proba: Shape ``(n_test, n_quadrants)``.
        sets: Which quadrants are in a track's prediction set, nominally 80 %
            ``(n_test, n_quadrants)``; None where a method has no sets.
    """

    proba: Proba
    sets: NDArray[np.bool_] | None = None


class Method(Protocol):
    """Makes a listener's personal models.

    Whatever does not depend on the listener's own labels, such as a prior, is learnt when it is
    made: that is not counted as learning.
    """

    def answer(self, asked: IntVector) -> Answer:
        """Return what the model says that has learnt some answers, and only these.

        It depends on nothing but the context and ``asked``, not on what was asked for before.

        Args:
            asked: The tracks answered so far, in that order, as places in the context's pool
                ``(n_labels,)``; their quadrants are ``context.y[asked]``. None are fine.
        """
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A method as the experiment knows it.

    Attributes:
        make: Makes it of a listener's split.
        about: What it does, for the page.
        is_ours: Whether the page holds it against the others.
        revision: Raised when it would give other figures: its old results are not used again.
    """

    make: Callable[[Context], Method]
    about: str
    is_ours: bool = False
    revision: int = 1
