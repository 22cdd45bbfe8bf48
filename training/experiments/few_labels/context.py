"""What a way to make a personal model may know of a listener and of everybody else."""

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
from training.experiments.splits import JudgedTracks, Split
from training.experiments.starting_models import Start, start_of, votes_of

HIDDEN = -1
"""The class index of a label that must not be looked at; counting it fails."""


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What the shared committee of a split says: all that most methods need of it.

    Attributes:
        out_of_fold: Of the tracks of the population's labels, by the members that were not fitted
            on the track's artist ``(n_population, n_quadrants)``.
        proba: Of the listener's tracks, pool first ``(n_tracks, n_quadrants)``.
    """

    out_of_fold: Proba
    proba: Proba


@dataclass(frozen=True, eq=False)
class Context:
    """One listener's split, without what is judged.

    What is said of "tracks" is in the order of ``places``: those that may be asked about, the
    pool, then those that are judged.

    Attributes:
        study: All listeners; this one's quadrants are all hidden (-1).
        listener: Who gets a personal model.
        split: Which way their tracks are parted.
        seed: Of everything random, for ``training.experiments.seeds.generator``.
        population: The other listeners' labels, as places in the study, that the shared models
            learn from ``(n_population,)``: none on an artist of a cold track.
        out_of_fold: What the shared committee says of these labels' tracks, by the members that
            were not fitted on the track's artist ``(n_population, n_quadrants)``.
        places: Each track's place among the study's features ``(n_tracks,)``.
        x: Features ``(n_tracks, n_features)``.
        crowds: Other listeners' votes: of as many listeners as the protocol says, one after the
            other; none of them on cold tracks.
        prior: How frequent the quadrants are among other listeners' labels ``(n_quadrants,)``.
        proba: What the shared committee says ``(n_tracks, n_quadrants)``.
        y: What the listener says of the pool ``(n_pool,)``; a method looks only at those that it
            is told to be answered.
        order: In which order the pool is answered, as places in it ``(n_asked,)``.
        components: Of the features, that a listener's taste may depend on.
        open_start: What ``start`` is made by.
        points: Where the listener puts the tracks of the pool, as valence and arousal
            ``(n_pool, 2)``, looked at as ``y`` is; None where they say quadrants.
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
        """How many of the tracks may be asked about; the others are judged."""
        return len(self.y)

    @property
    def track_x(self) -> FloatMatrix:
        """The same as ``x``: a track is one row here."""
        return self.x

    @property
    def votes(self) -> Votes:
        """The quadrants of the first crowd ``(n_tracks, n_quadrants)``."""
        return self.crowds[0].votes

    @property
    def n_test(self) -> int:
        """How many are judged."""
        return len(self.places) - self.n_pool

    @cached_property
    def unseen(self) -> Proba:
        """What the committee says, out of fold where it learnt from others' labels of the track.

        The others' votes must not count twice ``(n_tracks, n_quadrants)``.
        """
        tracks = self.study.track_places[self.population]
        first = {track: place for place, track in reversed(list(enumerate(tracks.tolist())))}
        said = self.proba.copy()
        known = np.flatnonzero(np.isin(self.places, tracks))
        said[known] = self.out_of_fold[[first[track] for track in self.places[known].tolist()]]
        return said

    @cached_property
    def start(self) -> Start:
        """The same for the simulation's learners, with the committee; what is judged is hidden.

        The committee may have to be fitted for it.
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
        study: All listeners, nothing hidden.
        listener: Who gets a personal model.
        split: Its number and what it is.
        protocol: What all units share.
        models: What the shared committee says, how to get hold of it, and components.
    """
    index, parted = split
    shared, open_committee, components = models
    labels = np.concatenate([parted.pool, parted.test])
    places = study.track_places[labels]
    votes = votes_of(study, parted)
    rng = generator(protocol.seed, listener, index, "labels")
    hidden = hide(study, [listener])
    y, points = study.labels.y[parted.pool], study.labels.points
    purpose = (protocol.seed, listener, index)
    return Context(
        study=hidden,
        listener=listener,
        split=index,
        seed=protocol.seed,
        population=parted.population,
        out_of_fold=shared.out_of_fold,
        places=places,
        x=study.features.x[places],
        crowds=crowds_of(hidden, parted.population, places, protocol.n_others, purpose),
        prior=votes.sum(axis=0) / votes.sum(),
        proba=shared.proba,
        y=y,
        order=rng.permutation(len(y))[: protocol.n_asked],
        components=components,
        open_start=lambda: _with_pool(
            start_of(hidden, listener, index, parted, open_committee()), y
        ),
        points=None if points is None else points[parted.pool],
    )


def hide(study: Study, listeners: Sequence[str]) -> Study:
    """Return the study in which listeners' quadrants are hidden, and points are no numbers."""
    is_theirs: NDArray[np.bool_] = np.isin(np.array(study.labels.listeners), list(listeners))
    y = np.where(is_theirs, HIDDEN, study.labels.y)
    points = study.labels.points
    if points is not None:
        points = np.where(is_theirs[:, None], np.nan, points)
    return replace(study, labels=replace(study.labels, y=y, points=points))


def _with_pool(start: Start, y: IntVector) -> Start:
    said = np.concatenate([y, np.full(len(start.places) - len(y), HIDDEN)])
    return replace(start, y=said)


def judged_of(study: Study, split: Split) -> JudgedTracks:
    """Return what a split's methods are judged on."""
    return JudgedTracks(study.labels.y[split.test], split.is_cold)
