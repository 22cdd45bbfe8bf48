"""Interface of the methods of personalisation."""

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
"""Nominal coverage of a prediction set."""

Arrays: TypeAlias = Mapping[str, NDArray[np.generic]]
"""A prior learnt from other listeners, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A personal model's predictions for the test tracks.

    Attributes:
        proba: Shape ``(n_test, n_quadrants)``.
        sets: Membership of 80 % prediction sets ``(n_test, n_quadrants)``; None if the method has
            no sets.
    """

    proba: Proba
    sets: NDArray[np.bool_] | None = None


class Method(Protocol):
    """Makes a listener's personal models."""

    def answer(self, labelled: IntVector, crowd: Crowd) -> Answer:
        """Return the predictions of the model that has learnt exactly these answers.

        The result depends only on the context and the arguments, not on earlier calls.

        Args:
            labelled: The tracks in order, as places in the context's pool ``(n_labels,)``;
                their quadrants are ``context.y[labelled]``. May be empty.
            crowd: Other listeners' votes.
        """
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A method in the experiment.

    Attributes:
        make: Makes the method from a listener's split and a learnt prior.
        about: Description for the page.
        learn: Learns a prior from listeners who are not evaluated with it; None if the method has
            no prior.
        learns_elsewhere: Whether these are listeners of other studies; otherwise of this one.
        reads_votes: Whether other listeners' votes on a track change the predictions.
        is_ours: Whether the page compares it with all other methods.
        revision: Raised when the figures change, so that old results are not reused.
    """

    make: Callable[[Context, Arrays], Method]
    about: str
    learn: Callable[[Sequence[Peers]], Arrays] | None = None
    learns_elsewhere: bool = False
    reads_votes: bool = False
    is_ours: bool = False
    revision: int = 1
