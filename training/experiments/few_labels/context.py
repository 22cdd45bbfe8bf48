"""Data that a method may read about a listener and about the other listeners."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Proba, Votes
from models.committee import Committee
from models.personal.logistic import Components
from training.datasets.listeners import Study
from training.experiments.few_labels.other_votes import Crowd, crowds_of
from training.experiments.few_labels.plan import Protocol
from training.experiments.seeds import generator
from training.experiments.splits import Split
from training.experiments.starting_models import Start, start_of, votes_of

HIDDEN = -1
"""Class index of a hidden label; counting it fails."""


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """Predictions of a split's shared committee.

    Attributes:
        out_of_fold: Predictions for the tracks of the population's labels, by the members that
            were not fitted on the track's artist ``(n_population, n_quadrants)``.
        proba: Predictions for the listener's tracks, pool first ``(n_tracks, n_quadrants)``.
    """

    out_of_fold: Proba
    proba: Proba


@dataclass(frozen=True, eq=False)
class Context:
    """One listener's split without the test labels.

    Arrays over tracks are in the order of ``places``: the pool first, then the test tracks.

    Attributes:
        study: All listeners; all quadrants of this listener are hidden (-1).
        listener: Owner of the personal model.
        split: Index of the split.
        seed: Seed for ``training.experiments.seeds.generator``.
        population: The other listeners' labels that the shared models learn from, as places in
            the study ``(n_population,)``; none on an artist of a cold track.
        out_of_fold: The shared committee's predictions for the tracks of these labels, by the
            members that were not fitted on the track's artist ``(n_population, n_quadrants)``.
        places: Each track's place among the study's features ``(n_tracks,)``.
        x: Features ``(n_tracks, n_features)``.
        crowds: Other listeners' votes, one entry for each ``n_others`` of the protocol; no votes
            on cold tracks.
        prior: Frequencies of the quadrants among other listeners' labels ``(n_quadrants,)``.
        proba: The shared committee's predictions ``(n_tracks, n_quadrants)``.
        y: The listener's quadrants of the pool ``(n_pool,)``; a method reads only the answered
            ones.
        order: Order of the answers, as places in the pool ``(n_questions,)``.
        components: Components of the features that taste depends on.
        open_start: Makes ``start``.
        points: Valence and arousal of the pool by the listener ``(n_pool, 2)``, to be read like
            ``y``; None if the study has quadrants only.
    """

    study: Study
    listener: str
    split: int
    seed: int
    population: IntVector
    out_of_fold: Proba
    places: IntVector
    x: FloatMatrix
    crowds: Sequence[Crowd]
    prior: Votes
    proba: Proba
    y: IntVector
    order: IntVector
    components: Components
    open_start: Callable[[], Start]
    points: NDArray[np.float64] | None = None

    @property
    def n_pool(self) -> int:
        """Number of tracks in the pool; the others are test tracks."""
        return len(self.y)

    @property
    def track_x(self) -> FloatMatrix:
        """``x``, because every track has one row."""
        return self.x

    @property
    def votes(self) -> Votes:
        """The quadrants of the first crowd ``(n_tracks, n_quadrants)``."""
        return self.crowds[0].votes

    @property
    def n_test(self) -> int:
        """Number of test tracks."""
        return len(self.places) - self.n_pool

    @cached_property
    def unseen(self) -> Proba:
        """The committee's predictions, out of fold if it learnt others' labels of the track.

        Otherwise the others' votes would count twice ``(n_tracks, n_quadrants)``.
        """
        tracks = self.study.track_places[self.population]
        first = {track: place for place, track in reversed(list(enumerate(tracks.tolist())))}
        proba = self.proba.copy()
        known = np.flatnonzero(np.isin(self.places, tracks))
        proba[known] = self.out_of_fold[[first[track] for track in self.places[known].tolist()]]
        return proba

    @cached_property
    def start(self) -> Start:
        """The start for the simulation's learners, with hidden test labels.

        The first access may fit the committee.
        """
        return self.open_start()


def context_of(
    study: Study,
    listener: str,
    split: tuple[int, Split],
    protocol: Protocol,
    models: tuple[Shared, Callable[[], Committee], Components],
) -> Context:
    """Return a listener's context in one split.

    Args:
        study: All listeners without hidden labels.
        listener: Owner of the personal model.
        split: Index and places of the split.
        protocol: Settings that all units share.
        models: Predictions of the shared committee, a function that returns the committee, and
            the components.
    """
    index, places_of = split
    shared, open_committee, components = models
    labels = np.concatenate([places_of.pool, places_of.test])
    places = study.track_places[labels]
    votes = votes_of(study, places_of)
    rng = generator(protocol.seed, listener, index, "labels")
    hidden = hide(study, [listener])
    y, points = study.labels.y[places_of.pool], study.labels.points
    purpose = (protocol.seed, listener, index)
    return Context(
        study=hidden,
        listener=listener,
        split=index,
        seed=protocol.seed,
        population=places_of.population,
        out_of_fold=shared.out_of_fold,
        places=places,
        x=study.features.x[places],
        crowds=crowds_of(hidden, places_of.population, places, protocol.n_others, purpose),
        prior=votes.sum(axis=0) / votes.sum(),
        proba=shared.proba,
        y=y,
        order=rng.permutation(len(y))[: protocol.n_questions],
        components=components,
        open_start=lambda: _with_pool(
            start_of(hidden, listener, index, places_of, open_committee()), y
        ),
        points=None if points is None else points[places_of.pool],
    )


def hide(study: Study, listeners: Sequence[str]) -> Study:
    """Return the study with some listeners' quadrants set to ``HIDDEN`` and points to NaN."""
    is_theirs: NDArray[np.bool_] = np.isin(np.array(study.labels.listeners), list(listeners))
    y = np.where(is_theirs, HIDDEN, study.labels.y)
    points = study.labels.points
    if points is not None:
        points = np.where(is_theirs[:, None], np.nan, points)
    return replace(study, labels=replace(study.labels, y=y, points=points))


def _with_pool(start: Start, y: IntVector) -> Start:
    return replace(start, y=np.concatenate([y, np.full(len(start.places) - len(y), HIDDEN)]))
