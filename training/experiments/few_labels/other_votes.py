"""Votes of all or some other listeners on a listener's tracks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Votes
from models.emotion import N_QUADRANTS
from models.votes import soft_votes
from training.datasets.listeners import Study
from training.experiments.gaussian.points import measured_each
from training.experiments.seeds import generator


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Votes of some of the other listeners.

    Attributes:
        n_others: Number of listeners who may vote; None for all.
        votes: Counts of quadrants by track ``(n_tracks, n_quadrants)``.
        soft: Soft counts, in which a point near an axis is shared among quadrants.
        totals: Sums of their points, each in its listener's units ``(n_tracks, 2)``; None if the
            study has quadrants only.
    """

    n_others: int | None
    votes: Votes
    soft: Votes
    totals: NDArray[np.float64] | None = None


def crowds_of(
    study: Study,
    population: IntVector,
    places: IntVector,
    sizes: Sequence[int | None],
    purpose: tuple[object, ...],
) -> tuple[Crowd, ...]:
    """Return one crowd for each size; smaller crowds are subsets of larger ones.

    Args:
        study: The labels.
        population: Labels to count, as places in the study.
        places: The tracks, as places among the study's features ``(n_tracks,)``.
        sizes: Numbers of listeners; None for all.
        purpose: Seed of the random choice of listeners.
    """
    whose = np.array(study.labels.listeners)[population]
    known, number = np.unique(whose, return_inverse=True)
    names = generator(*purpose, "others").permutation(known)
    labels, points = study.labels.y[population], study.labels.points
    one_hot = np.eye(N_QUADRANTS)[labels]
    values = [one_hot, one_hot]
    if points is not None:
        given = points[population]
        values = [one_hot, soft_votes(given), measured_each(given, number)]
    tracks = study.track_places[population]
    return tuple(
        Crowd(size, *_totals(values, tracks, np.isin(whose, names[:size]), places))
        for size in sizes
    )


def _totals(
    values: Sequence[NDArray[np.float64]],
    tracks: IntVector,
    is_in: NDArray[np.bool_],
    places: IntVector,
) -> Iterator[NDArray[np.float64]]:
    """Yield sums of several values over the counted labels of each track.

    Args:
        values: Values of the labels, each ``(n_labels, n)``.
        tracks: Track of each label, as a place among the study's features ``(n_labels,)``.
        is_in: Whether each label counts ``(n_labels,)``.
        places: The tracks to return ``(n_tracks,)``.
    """
    n_tracks = max(int(tracks.max(initial=0)), int(places.max(initial=0))) + 1
    for value in values:
        summed = np.zeros((n_tracks, value.shape[1]))
        np.add.at(summed, tracks[is_in], value[is_in])
        yield summed[places]
