"""Parts a listener's tracks into those that may be asked about and those that are judged."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector
from training.datasets.listeners import Study
from training.experiments.active_learning.plan import Parting, PlanError
from training.experiments.seeds import generator

LEAST_TEST = 8
_TEST_SHARE = 3  # at most a third is judged


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One way to part a listener's tracks; pool and test share no artist.

    Attributes:
        pool: Labels, as places in the study, that may be asked for ``(n_pool,)``.
        test: Those that are judged ``(n_test,)``.
        is_cold: Which of these are about tracks that the population knows neither by themselves
            nor by their artist ``(n_test,)``. Everybody else labelled the others, the warm ones.
        population: The other listeners' labels that the shared models learn from: none on an
            artist of a cold track.
    """

    pool: IntVector
    test: IntVector
    is_cold: NDArray[np.bool_]
    population: IntVector


def part(study: Study, listener: str, index: int, protocol: Parting) -> Split:
    """Return a listener's split of that number.

    Of the judged tracks that somebody else labelled, the artists of one half are taken out of the
    population: they become cold, as are all that nobody else labelled.

    Raises:
        PlanError: The listener has too few labels for so many questions.
    """
    rng = generator(protocol.seed, listener, index, "split")
    is_mine = np.array(study.labels.listeners) == listener
    mine = np.flatnonzero(is_mine)
    # In the order of ids: the table's own order does not matter.
    mine = mine[np.argsort(np.array(study.labels.tracks)[mine], kind="stable")]
    n_test = min(len(mine) // _TEST_SHARE, len(mine) - protocol.n_asked)
    if n_test < LEAST_TEST:
        raise PlanError(
            f"Listener {listener!r} has {len(mine)} labels; {protocol.n_asked} questions leave"
            f" {max(0, n_test)} to judge on and {LEAST_TEST} are needed: ask fewer, or raise"
            " --min-labels."
        )
    artist = study.features.groups[study.track_places]
    test = _whole_artists(mine, artist[mine], n_test, rng)
    others = np.flatnonzero(~is_mine)
    cold = _cold_artists(study.track_places, artist, test, others, rng)
    return Split(
        pool=np.setdiff1d(mine, test),
        test=test,
        is_cold=np.isin(artist[test], cold),
        population=others[~np.isin(artist[others], cold)],
    )


def _whole_artists(
    mine: IntVector, artist: IntVector, n_test: int, rng: np.random.Generator
) -> IntVector:
    """Return at most ``n_test`` labels, with an artist all of that artist's."""
    taken: list[IntVector] = []
    for one in rng.permutation(np.unique(artist)):
        tracks = mine[artist == one]
        if sum(map(len, taken)) + len(tracks) <= n_test:
            taken.append(tracks)
    return np.sort(np.concatenate(taken))


def _cold_artists(
    tracks: IntVector,
    artist: IntVector,
    test: IntVector,
    others: IntVector,
    rng: np.random.Generator,
) -> IntVector:
    is_known = np.isin(tracks[test], tracks[others])
    cold = np.unique(artist[test[~is_known]])
    rest = np.setdiff1d(artist[test], cold)
    return np.concatenate([cold, rng.permutation(rest)[: len(rest) // 2]])
