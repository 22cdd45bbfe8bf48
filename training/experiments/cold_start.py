"""Models of listeners before their first answer, learnt from the other listeners."""

from dataclasses import dataclass

from models.personal.logistic import LogisticModel
from training.experiments.few_labels.loading import Experiment, open_peers
from training.experiments.few_labels.logistic import learn_whole, shared_model
from training.experiments.few_labels.peers import group_of


@dataclass(eq=False)
class Newcomers:
    """Learns the prior of new listeners, once for each group of listeners.

    A group's prior is learnt without the answers of its listeners: see ``few_labels.peers``.

    Attributes:
        experiment: Study, shared models and components.
    """

    experiment: Experiment

    def __post_init__(self) -> None:
        self._known: dict[int, LogisticModel] = {}

    def model(self, listener: str) -> LogisticModel:
        """Return the model of a listener without answers.

        Raises:
            DatasetError: The other listeners' labels do not suffice for a committee.
        """
        group = group_of(listener, self.experiment.protocol.seed)
        if group not in self._known:
            peers = open_peers(self.experiment, group)
            self._known[group] = shared_model(learn_whole([peers]), peers.components)
        return self._known[group]
