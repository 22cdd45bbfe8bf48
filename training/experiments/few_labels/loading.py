"""Load the input of methods: a listener's context in a split, and the peers of a group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from models.arrays import IntVector, Proba
from models.committee import Committee
from models.personal.logistic import Components
from training.datasets.listeners import Study
from training.experiments.few_labels.context import Context, Shared, context_of, hide
from training.experiments.few_labels.peers import ELSEWHERE, Group, Peers, group_of
from training.experiments.few_labels.plan import Protocol
from training.experiments.splits import JudgedTracks, Split, part
from training.experiments.starting_models import fit_population
from training.members.committee import FittedCommittee
from training.members.components import fit_components

_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """Input of all workers.

    Attributes:
        committee: The shared models; None if they are fitted to the other listeners.
        components: Components of the features; None if they are fitted to the study.
        elsewhere: Loads the other studies that priors are learnt from.
    """

    study: Study
    protocol: Protocol
    committee: Committee | None = None
    components: Components | None = None
    elsewhere: Callable[[], Sequence[Peers]] = tuple

    def fitted_components(self) -> Components:
        """Return the components of features."""
        if self.components is not None:
            return self.components
        n_common = None if self.committee is None else self.committee.n_common
        return fit_components(self.study.features.x[:, :n_common])


def open_context(
    experiment: Experiment, listener: str, index: int, shared: Shared | None = None
) -> tuple[Context, JudgedTracks]:
    """Return a listener's context in one split, and separately the test tracks.

    Args:
        experiment: Study and protocol.
        listener: Owner of the personal models.
        index: Index of the split.
        shared: Predictions of the shared committee. If given, the committee is fitted only on
            demand; otherwise it is fitted at once.

    Raises:
        PlanError: The listener has too few labels.
        DatasetError: The other listeners' labels do not suffice for a committee.
    """
    study, protocol = experiment.study, experiment.protocol
    split = part(study, listener, index, protocol)
    fit = cache(lambda: fit_population(study, split, protocol))
    given = experiment.committee
    opener = _opener(fit) if given is None else lambda: given
    if shared is None:
        out_of_fold = (
            fit().out_of_fold if given is None else _consensus(given, study, split.population)
        )
        own = np.concatenate([split.pool, split.test])
        shared = Shared(out_of_fold, _consensus(opener(), study, own))
    models = shared, opener, experiment.fitted_components()
    context = context_of(study, listener, (index, split), protocol, models)
    return context, JudgedTracks(study.labels.y[split.test], split.is_cold)


def open_peers(experiment: Experiment, group: Group) -> Peers:
    """Return all listeners outside a group, or all listeners for :data:`ELSEWHERE`.

    Raises:
        DatasetError: Their labels do not suffice for a committee.
    """
    study, protocol = experiment.study, experiment.protocol
    whose = np.array(study.labels.listeners)
    names = np.unique(whose).tolist()
    left_out = [name for name in names if group_of(name, protocol.seed) == group]
    kept = np.flatnonzero(~np.isin(whose, [] if group == ELSEWHERE else left_out))
    given = experiment.committee
    proba = _out_of_fold(experiment, kept) if given is None else _consensus(given, study, kept)
    hidden = hide(study, [] if group == ELSEWHERE else left_out)
    return Peers(hidden, group, protocol.seed, kept, proba, experiment.fitted_components())


def _out_of_fold(experiment: Experiment, labels: IntVector) -> Proba:
    split = Split(_NONE, _NONE, np.zeros(0, np.bool_), labels)
    return fit_population(experiment.study, split, experiment.protocol).out_of_fold


def _consensus(committee: Committee, study: Study, labels: IntVector) -> Proba:
    """Return a committee's predictions for the tracks of labels ``(n_labels, n_quadrants)``."""
    x = study.features.x[study.track_places[labels]]
    return committee.consensus(committee.member_logits(x))


def _opener(fit: Callable[[], FittedCommittee]) -> Callable[[], Committee]:
    return lambda: fit().committee
