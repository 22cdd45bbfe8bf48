"""Where a listener begins: shared models that never met them, the same for every mode."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.arrays import FloatMatrix, IntVector, MemberLogits, Votes
from models.committee import Committee
from models.emotion import N_QUADRANTS
from training.committee import Fitted, Labelled, Recipe, fit_committee
from training.datasets.listeners import Study
from training.experiments.active_learning.plan import Fitting
from training.experiments.active_learning.results import Judged
from training.experiments.splits import Split, part


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """All that a listener's units in one split share.

    Attributes:
        listener: Who is asked.
        split: Which split.
        committee: The shared models.
        places: Each track's place among the study's features, the pool first ``(n_tracks,)``, as
            all that follows.
        x: Features ``(n_tracks, n_features)``.
        y: What the listener says, as class indices.
        raw: Algorithm to its members' uncalibrated logits ``(n_folds, n_tracks, n_quadrants)``.
        votes: Other listeners' labels ``(n_tracks, n_quadrants)``; none of them on cold tracks.
        prior: How frequent the quadrants are among other listeners' labels ``(n_quadrants,)``.
        n_pool: How many of the tracks may be asked about.
        judged: The others.
    """

    listener: str
    split: int
    committee: Committee
    places: IntVector
    x: FloatMatrix
    y: IntVector
    raw: Mapping[str, MemberLogits]
    votes: Votes
    prior: Votes
    n_pool: int
    judged: Judged


def begin(
    study: Study,
    listener: str,
    index: int,
    protocol: Fitting,
    shared: Committee | None = None,
) -> Start:
    """Return a listener's start in one split.

    Args:
        study: All listeners.
        listener: Whoever is asked; none of their labels is used here.
        index: Of the split.
        protocol: What all units share.
        shared: The shared models; without them they are fitted to the other listeners' labels.

    Raises:
        PlanError: The listener has too few labels for so many questions.
        DatasetError: The other listeners' labels do not suffice for a committee.
    """
    split = part(study, listener, index, protocol)
    committee = shared or fit_population(study, split, protocol).committee
    return start_of(study, listener, index, split, committee)


def start_of(study: Study, listener: str, index: int, split: Split, committee: Committee) -> Start:
    """Return a listener's start in a split that is known, from shared models that are there."""
    labels = np.concatenate([split.pool, split.test])
    places = study.track_places[labels]
    x = study.features.x[places]
    votes = votes_of(study, split)
    return Start(
        listener=listener,
        split=index,
        committee=committee,
        places=places,
        x=x,
        y=study.labels.y[labels],
        raw={
            name: family.logits(committee.read_by(name, x))
            for name, family in committee.families.items()
        },
        votes=votes[places],
        prior=votes.sum(axis=0) / votes.sum(),
        n_pool=len(split.pool),
        judged=Judged(study.labels.y[split.test], split.is_cold),
    )


def votes_of(study: Study, split: Split) -> Votes:
    """Return the population's labels of every track ``(n_features_tracks, n_quadrants)``."""
    votes = np.zeros((len(study.features.ids), N_QUADRANTS))
    np.add.at(votes, (study.track_places[split.population], study.labels.y[split.population]), 1)
    return votes


def fit_population(study: Study, split: Split, protocol: Fitting) -> Fitted:
    """Fit a committee to single answers: tracks that listeners disagree on stay ambiguous.

    Raises:
        DatasetError: The other listeners' labels do not suffice for a committee.
    """
    places = study.track_places[split.population]
    data = Labelled(
        study.features.x[places],
        study.labels.y[split.population],
        study.features.groups[places],
    )
    recipe = Recipe(algorithms=protocol.algorithms)
    return fit_committee(data, recipe, seed=protocol.seed, title="")
