"""Other listeners' votes on a listener's tracks: of all of them, or of some."""

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
        n_others: How many listeners may vote; None for all.
        votes: Their quadrants of each track ``(n_tracks, n_quadrants)``.
        soft: The same where a point near an axis is shared among quadrants.
        totals: Sums of their points, each in units of whoever gave it ``(n_tracks, 2)``; None
            where they said quadrants.
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
    """Return the votes of so many other listeners, one crowd a size; small ones are in larger.

    Args:
        study: Whose labels.
        population: The labels that may be counted, as places in the study.
        places: Of the tracks, among the study's features ``(n_tracks,)``.
        sizes: Listeners in each crowd; None for all.
        purpose: Decides by lot who is in.
    """
    whose = np.array(study.labels.listeners)[population]
    known, number = np.unique(whose, return_inverse=True)
    names = generator(*purpose, "others").permutation(known)
    said, points = study.labels.y[population], study.labels.points
    one_hot = np.eye(N_QUADRANTS)[said]
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
    """Yield the sums of several values over the labels of each track that are in.

    Args:
        values: Of each label, each ``(n_labels, n)``.
        tracks: Of each label, as a place among the study's features ``(n_labels,)``.
        is_in: Which labels count ``(n_labels,)``.
        places: Of the tracks that are asked for ``(n_tracks,)``.
    """
    n_tracks = max(int(tracks.max(initial=0)), int(places.max(initial=0))) + 1
    for value in values:
        summed = np.zeros((n_tracks, value.shape[1]))
        np.add.at(summed, tracks[is_in], value[is_in])
        yield summed[places]
