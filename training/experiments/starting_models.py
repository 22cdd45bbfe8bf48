"""The start of a listener's units: shared models that did not learn from the listener."""

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
from training.experiments.protocol import Protocol, SongProtocol
from training.experiments.splits import JudgedTracks, Split, split_of
from training.members.committee import FittedCommittee, Recipe, TrainingSet, fit_committee


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Data that all units of a listener and split share.

    Attributes:
        listener: Name of the listener.
        split: Index of the split.
        committee: The shared models.
        places: Each track's place among the study's features, the pool first ``(n_tracks,)``.
        x: Features, track after track ``(n_rows, n_features)``.
        rows: Rows of each track.
        y: The listener's quadrants as class indices ``(n_tracks,)``.
        raw: Algorithm to its members' predictions of each row at 0 labels
            ``(n_folds, n_rows, n_quadrants)``: uncalibrated logits, or probabilities for the
            paper's members.
        votes: Other listeners' labels ``(n_tracks, n_quadrants)``; none on cold tracks.
        prior: Frequencies of the quadrants among other listeners' labels ``(n_quadrants,)``.
        n_pool: Number of tracks in the pool.
        judged: The test tracks, or their rows.
        recordings: Recordings of the tracks; empty if no model reads them.
        score: ``tracks``, or ``frames`` to score the tracks' rows.
        out_of_fold: Predictions of the members that were not fitted on the track's artist
            ``(n_tracks, n_quadrants)``; NaN if the population has no label of the track. None if
            the shared models learnt none of the tracks.
        newcomer: Logistic model of the listener without answers; None if no unit needs it.
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
        """The test tracks as places in the start ``(n_test,)``."""
        return np.arange(self.n_pool, len(self.places))

    @property
    def tracks(self) -> Tracks:
        """The tracks as the paper's models read them."""
        return Tracks(self.x, self.rows, self.recordings)

    @property
    def track_x(self) -> FloatMatrix:
        """Features of the tracks, the mean over a track's rows ``(n_tracks, n_features)``."""
        return self.rows.mean(self.x)


def begin(
    study: Study,
    listener: str,
    index: int,
    protocol: SongProtocol,
    shared: Committee | PaperCommittee | None = None,
) -> Start:
    """Return a listener's start in one split.

    Args:
        study: All listeners.
        listener: Name of the listener; their labels are not learnt here.
        index: Index of the split.
        protocol: Settings that all units share.
        shared: The shared models; None to fit them to the other listeners' labels.

    Raises:
        PlanError: The listener has too few labels for this number of questions.
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
    """Return out-of-fold predictions of every track ``(n_features_tracks, n_quadrants)``."""
    places = study.features.rows.take(study.track_places[split.population])
    found = np.full((len(study.features.ids), N_QUADRANTS), np.nan)
    found[study.track_places[split.population]] = places.mean(fitted.out_of_fold)
    return found


def start_of(
    study: Study, listener: str, index: int, split: Split, committee: Committee | PaperCommittee
) -> Start:
    """Return a listener's start from a split and shared models."""
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
    """Return the shared models' predictions of each row, see :attr:`Start.raw`."""
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


def fit_population(study: Study, split: Split, protocol: Protocol) -> FittedCommittee:
    """Fit a committee to single answers, so that tracks with disagreement stay ambiguous.

    Raises:
        DatasetError: The other listeners' labels do not suffice for a committee.
    """
    places = study.track_places[split.population]
    rows = study.features.rows.take(places)
    data = TrainingSet(
        study.features.x[study.features.rows.of(places)],
        rows.spread(study.labels.y[split.population]),
        rows.spread(study.features.groups[places]),
    )
    recipe = Recipe(algorithms=protocol.algorithms)
    return fit_committee(data, recipe, seed=protocol.seed, title="")
