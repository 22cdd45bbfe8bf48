"""Listeners that a prior is learnt from: all listeners outside a group.

A prior takes seconds to learn, and one listener hardly changes it. So it is learnt once for each
group, without the group's answers, and used for all splits of the group's listeners.
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
"""Key of priors learnt from other studies, which leave no listener out."""
Group: TypeAlias = int | str
"""The number of the group to leave out, or :data:`ELSEWHERE`."""


@dataclass(frozen=True, slots=True, eq=False)
class Peers:
    """Labels of listeners and the shared models' predictions for their tracks.

    Attributes:
        study: All listeners; the group's quadrants are hidden (-1).
        group: The group that is left out.
        seed: Seed of all randomness.
        labels: The other listeners' labels, as places in the study ``(n_labels,)``.
        proba: Predictions of shared models that were not fitted on the track
            ``(n_labels, n_quadrants)``.
        components: Components of the features.
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
        """Number of each label's listener ``(n_labels,)``."""
        return numbered(np.array(self.study.labels.listeners)[self.labels])

    @property
    def phi(self) -> NDArray[np.float64]:
        """Components of the labels' tracks ``(n_labels, n_components)``."""
        return self.components(self.study.features.x)[self.tracks]


def group_of(listener: str, seed: int) -> int:
    """Return the group of a listener; it does not depend on the other listeners."""
    return int(generator(seed, listener, "group").integers(N_GROUPS))


def numbered(names: NDArray[np.generic]) -> IntVector:
    """Return a number for each distinct name, in order of names."""
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)
