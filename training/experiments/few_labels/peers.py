"""The listeners that a prior is learnt from: all but a group, to which whoever is judged belongs.

A prior is a few numbers of all listeners, which one listener more or less hardly changes, and
takes seconds to learn: it is learnt once for a group and used for each of its listeners and their
splits, none of whose answers it has seen.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.personal.logistic import Components
from training.datasets.listeners import Study
from training.experiments.seeds import generator

N_GROUPS = 10
ELSEWHERE = "elsewhere"
"""What is learnt on other studies, of which no listener need be left out."""
Group: TypeAlias = int | str
"""The number of a group that is left out, or :data:`ELSEWHERE`."""


@dataclass(frozen=True, slots=True, eq=False)
class Peers:
    """Listeners' labels, and what the shared models say of the tracks.

    Attributes:
        study: All listeners; the group's quadrants are hidden (-1).
        group: Which group is left out.
        seed: Of everything random.
        labels: The others' labels, as places in the study ``(n_labels,)``.
        proba: What shared models that were not fitted on the track say of it
            ``(n_labels, n_quadrants)``.
        components: Of the features.
    """

    study: Study
    group: Group
    seed: int
    labels: IntVector
    proba: Proba
    components: Components

    @property
    def tracks(self) -> IntVector:
        """The labels' tracks, as places among the study's features ``(n_labels,)``."""
        return self.study.track_places[self.labels]

    @property
    def y(self) -> IntVector:
        """Quadrants as class indices ``(n_labels,)``."""
        return self.study.labels.y[self.labels]

    @property
    def listener(self) -> IntVector:
        """Who, as a number ``(n_labels,)``."""
        return numbered(np.array(self.study.labels.listeners)[self.labels])

    @property
    def phi(self) -> NDArray[np.float64]:
        """The labels' tracks' components ``(n_labels, n_components)``."""
        return self.components(self.study.features.x)[self.tracks]


def group_of(listener: str, seed: int) -> int:
    """Return which group of listeners somebody belongs to, whoever else is judged."""
    return int(generator(seed, listener, "group").integers(N_GROUPS))


def numbered(names: NDArray[np.generic]) -> IntVector:
    """Return a number for each distinct name, in order of names."""
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)
