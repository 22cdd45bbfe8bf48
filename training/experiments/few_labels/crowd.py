"""Other listeners' votes on a listener's tracks: of all of them, or of some."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Votes
from models.emotion import N_QUADRANTS
from models.votes import soft_votes
from training.datasets.listeners import Study
from training.experiments.seeds import generator


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Votes of some of the other listeners.

    Attributes:
        n_others: How many listeners may vote; None for all.
        votes: Their quadrants of each track ``(n_tracks, n_quadrants)``.
        soft: The same where a point near an axis is shared among quadrants.
        totals: Sums of their points ``(n_tracks, 2)``; None where they said quadrants.
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
    names = generator(*purpose, "others").permutation(np.unique(whose))
    return tuple(
        _crowd(study, population[np.isin(whose, names[:size])], places, size) for size in sizes
    )


def soft_labels(study: Study, labels: IntVector) -> Votes:
    """Return labels as votes ``(n_labels, n_quadrants)``, soft where there are points."""
    points = study.labels.points
    if points is None:
        return np.eye(N_QUADRANTS)[study.labels.y[labels]]
    return soft_votes(points[labels])


def _crowd(study: Study, labels: IntVector, places: IntVector, size: int | None) -> Crowd:
    points = study.labels.points

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        summed = np.zeros((len(study.features.ids), values.shape[1]))
        np.add.at(summed, study.track_places[labels], values)
        return summed[places]

    return Crowd(
        size,
        total(np.eye(N_QUADRANTS)[study.labels.y[labels]]),
        total(soft_labels(study, labels)),
        None if points is None else total(points[labels]),
    )
