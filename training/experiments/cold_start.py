"""What is expected of a listener before their first answer, learnt from the other listeners."""

from dataclasses import dataclass, replace

import numpy as np

from models.emotion import SIGNS, Readout
from models.personal.logistic import LogisticModel, Prior
from models.personal.logistic.model import N_TASTE
from training.experiments.few_labels.loading import Experiment, open_peers
from training.experiments.few_labels.logistic import learn_whole
from training.experiments.few_labels.peers import group_of

_READOUT = Readout(SIGNS, np.ones_like(SIGNS))  # where quadrants lie plays no part here


@dataclass(eq=False)
class Newcomers:
    """Learns what is expected of listeners, once for each group of them.

    A group's prior has seen no answer of anybody in it: see ``few_labels.peers``.

    Attributes:
        experiment: Study, shared models and components.
    """

    experiment: Experiment

    def __post_init__(self) -> None:
        self._known: dict[int, LogisticModel] = {}

    def model(self, listener: str) -> LogisticModel:
        """Return what is expected of a listener.

        Raises:
            DatasetError: The other listeners' labels do not suffice for a committee.
        """
        group = group_of(listener, self.experiment.protocol.seed)
        if group not in self._known:
            peers = open_peers(self.experiment, group)
            learnt = learn_whole([peers])
            components = peers.components
            cut = replace(components, matrix=components.matrix[:, :N_TASTE])
            limits = np.asarray(learnt["limits"], np.float64)
            self._known[group] = LogisticModel(Prior.from_arrays(learnt), cut, limits, _READOUT)
        return self._known[group]
