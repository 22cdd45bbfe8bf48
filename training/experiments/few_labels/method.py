"""What a way to make a personal model is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from training.experiments.few_labels.context import Context
from training.experiments.few_labels.other_votes import Crowd
from training.experiments.few_labels.peers import Peers

NOMINAL = 0.8
"""The share of tracks whose quadrant a prediction set is to hold."""

Arrays: TypeAlias = Mapping[str, NDArray[np.generic]]
"""What was learnt of other listeners, by name."""


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
    """Makes a listener's personal models."""

    def answer(self, asked: IntVector, crowd: Crowd) -> Answer:
        """Return what the model says that has learnt some answers, and only these.

        It depends on nothing but the context and the arguments, not on what was asked for before.

        Args:
            asked: The tracks answered so far, in that order, as places in the context's pool
                ``(n_labels,)``; their quadrants are ``context.y[asked]``. None are fine.
            crowd: Other listeners' votes, as far as they are known.
        """
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A method as the experiment knows it.

    Attributes:
        make: Makes it of a listener's split and of what was learnt of others.
        about: What it does, for the page.
        learn: Learns a prior from listeners, none of whom is judged by it; None where there is
            nothing to learn.
        learns_elsewhere: Whether these are listeners of other studies; otherwise of this one.
        reads_votes: Whether other listeners' votes on the very track change what it says.
        is_ours: Whether the page holds it against the others.
        revision: Raised when it would give other figures: its old results are not used again.
    """

    make: Callable[[Context, Arrays], Method]
    about: str
    learn: Callable[[Sequence[Peers]], Arrays] | None = None
    learns_elsewhere: bool = False
    reads_votes: bool = False
    is_ours: bool = False
    revision: int = 1
