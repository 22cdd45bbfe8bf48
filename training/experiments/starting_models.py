"""Where a listener begins: shared models that never met them, the same for every mode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from models.arrays import FloatMatrix, IntVector, MemberLogits, Proba, Votes
from models.committee import Committee
from models.emotion import N_QUADRANTS
from models.personal.logistic import LogisticModel
from training.datasets.feature_rows import Rows
from training.datasets.listeners import Study
from training.experiments.paper.committee import PaperCommittee
from training.experiments.paper.members import Tracks
from training.experiments.protocol import Protocol, Splitting
from training.experiments.splits import JudgedTracks, Split, split_of
from training.members.committee import FittedCommittee, Labelled, Recipe, fit_committee


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """All that a listener's units in one split share.

    Attributes:
        listener: Who is asked.
        split: Which split.
        committee: The shared models.
        places: Each track's place among the study's features, the pool first ``(n_tracks,)``.
        x: Features, track after track ``(n_rows, n_features)``.
        rows: Which rows belong to which track.
        y: What the listener says, as class indices ``(n_tracks,)``.
        raw: Algorithm to what its members say of each row before anything is learnt
            ``(n_folds, n_rows, n_quadrants)``: uncalibrated logits; of the paper's members,
            probabilities.
        votes: Other listeners' labels ``(n_tracks, n_quadrants)``; none of them on cold tracks.
        prior: How frequent the quadrants are among other listeners' labels ``(n_quadrants,)``.
        n_pool: How many of the tracks may be asked about.
        judged: The others, or their rows.
        recordings: Of the tracks; none where nothing is heard.
        score: What is judged: ``tracks``, or ``frames``, the tracks' rows.
        out_of_fold: What those of the shared models' members say of each track that were not
            fitted on its artist; not a number where the population has no label of it
            ``(n_tracks, n_quadrants)``. None where the shared models know none of the tracks.
        newcomer: What is expected of the listener; None where nobody asks.
    """

    listener: str
    split: int
    committee: Committee | PaperCommittee
    places: IntVector
    x: FloatMatrix
    rows: Rows
    y: IntVector
    raw: Mapping[str, MemberLogits]
    votes: Votes
    prior: Votes
    n_pool: int
    judged: JudgedTracks
    recordings: Sequence[Path] = ()
    score: str = "tracks"
    out_of_fold: Proba | None = None
    newcomer: LogisticModel | None = None

    @property
    def test(self) -> IntVector:
        """The judged tracks, as places in the start ``(n_test,)``."""
        return np.arange(self.n_pool, len(self.places))

    @property
    def tracks(self) -> Tracks:
        """All that models read of the tracks."""
        return Tracks(self.x, self.rows, self.recordings)

    @property
    def track_x(self) -> FloatMatrix:
        """Features of the tracks, the mean over a track's rows ``(n_tracks, n_features)``."""
        return self.rows.mean(self.x)


def begin(
    study: Study,
    listener: str,
    index: int,
    protocol: Splitting,
    shared: Committee | PaperCommittee | None = None,
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
    split = split_of(study, listener, index, protocol)
    fitted = None if shared else fit_population(study, split, protocol)
    committee = shared or cast(FittedCommittee, fitted).committee
    start = start_of(study, listener, index, split, committee)
    if fitted is not None:
        start = replace(start, out_of_fold=_out_of_fold(study, split, fitted)[start.places])
    return _judged_by_rows(start) if protocol.score == "frames" else start


def _out_of_fold(study: Study, split: Split, fitted: FittedCommittee) -> Proba:
    """Return what is said out of fold of every track ``(n_features_tracks, n_quadrants)``."""
    places = study.features.rows.take(study.track_places[split.population])
    found = np.full((len(study.features.ids), N_QUADRANTS), np.nan)
    found[study.track_places[split.population]] = places.mean(fitted.out_of_fold)
    return found


def start_of(
    study: Study, listener: str, index: int, split: Split, committee: Committee | PaperCommittee
) -> Start:
    """Return a listener's start in a split that is known, from shared models that are there."""
    labels = np.concatenate([split.pool, split.test])
    places = study.track_places[labels]
    rows = study.features.rows.take(places)
    x = study.features.x[study.features.rows.of(places)]
    paths = [study.recordings[study.features.ids[p]] for p in places] if study.recordings else ()
    votes = votes_of(study, split)
    return Start(
        listener=listener,
        split=index,
        committee=committee,
        places=places,
        x=x,
        rows=rows,
        y=study.labels.y[labels],
        raw=initial_predictions(committee, Tracks(x, rows, paths)),
        votes=votes[places],
        prior=votes.sum(axis=0) / votes.sum(),
        n_pool=len(split.pool),
        judged=JudgedTracks(study.labels.y[split.test], split.is_cold),
        recordings=paths,
    )


def initial_predictions(
    committee: Committee | PaperCommittee, tracks: Tracks
) -> Mapping[str, MemberLogits]:
    """Return what the shared models say of each row: see :attr:`Start.raw`."""
    if isinstance(committee, PaperCommittee):
        return committee.proba(tracks)
    return {
        name: family.logits(committee.read_by(name, tracks.x))
        for name, family in committee.families.items()
    }


def _judged_by_rows(start: Start) -> Start:
    rows = start.rows.take(start.test)
    judged = JudgedTracks(rows.spread(start.judged.y), rows.spread(start.judged.is_cold))
    return replace(start, judged=judged, score="frames")


def votes_of(study: Study, split: Split) -> Votes:
    """Return the population's labels of every track ``(n_features_tracks, n_quadrants)``."""
    votes = np.zeros((len(study.features.ids), N_QUADRANTS))
    np.add.at(votes, (study.track_places[split.population], study.labels.y[split.population]), 1)
    return votes


def fit_population(study: Study, split: Split, protocol: Protocol | Splitting) -> FittedCommittee:
    """Fit a committee to single answers: tracks that listeners disagree on stay ambiguous.

    Raises:
        DatasetError: The other listeners' labels do not suffice for a committee.
    """
    places = study.track_places[split.population]
    rows = study.features.rows.take(places)
    data = Labelled(
        study.features.x[study.features.rows.of(places)],
        rows.spread(study.labels.y[split.population]),
        rows.spread(study.features.groups[places]),
    )
    recipe = Recipe(algorithms=protocol.algorithms)
    return fit_committee(data, recipe, seed=protocol.seed, title="")
