"""Splits a listener's tracks into those that may be asked about and those that are judged."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit

from models.arrays import IntVector
from training.datasets.listeners import Study
from training.experiments.protocol import PlanError, Protocol, Splitting
from training.experiments.seeds import generator

LEAST_TEST = 8
LEAST_REST = 4
"""The same where all that is not asked about is judged: small studies leave no more."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Shares:
    """Which share of a listener's tracks is judged, and which share of these is cold.

    Attributes:
        judged: Of all labels, at most; 1 for all that are not asked about.
        cold: Of the judged tracks' artists that somebody else knows too.

    Raises:
        PlanError: A share is not in [0, 1].
    """

    judged: float = 1 / 3
    cold: float = 1 / 2

    def __post_init__(self) -> None:
        for name, share in (("judged", self.judged), ("cold", self.cold)):
            if not 0.0 <= share <= 1.0:
                raise PlanError(f"--{name}-share is {share}; it must lie in [0, 1].")

    @property
    def least_test(self) -> int:
        """Fewer judged tracks are refused."""
        return LEAST_REST if self.judged == 1.0 else LEAST_TEST

    def n_test(self, n_labels: int, n_asked: int) -> int:
        """Return how many of a listener's labels are judged."""
        return min(int(n_labels * self.judged + _ROUNDING), n_labels - n_asked)


USUAL = Shares()


@dataclass(frozen=True, slots=True, eq=False)
class JudgedTracks:
    """The tracks a listener's models are judged on, in one split, or the rows of these tracks.

    Attributes:
        y: What the listener said of them, as class indices ``(n_test,)``.
        is_cold: Nobody else's label of the track, nor of its artist, was in the population
            ``(n_test,)``; the others are warm.
    """

    y: IntVector
    is_cold: NDArray[np.bool_]

    @property
    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What is stored of it, by name."""
        return {"y": self.y, "is_cold": self.is_cold}

    @classmethod
    def of(cls, stored: Mapping[str, NDArray[np.generic]]) -> "JudgedTracks":
        """Return what was stored."""
        return cls(stored["y"].astype(np.int64), stored["is_cold"].astype(np.bool_))


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One way to split a listener's tracks; by artists, pool and test share none.

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


def split_of(study: Study, listener: str, index: int, protocol: Splitting) -> Split:
    """Return a listener's split of that number, by whole artists or by songs.

    Raises:
        PlanError: The listener has too few labels.
    """
    if protocol.split == "artists":
        shares = Shares(protocol.judged_share, protocol.cold_share)
        return part(study, listener, index, protocol, shares)
    return _by_songs(study, listener, index, protocol)


def _by_songs(study: Study, listener: str, index: int, protocol: Splitting) -> Split:
    """Return a split as the paper's code makes it: songs at random, whoever made them.

    The population keeps its labels of the judged songs; cold are those nobody else labelled.
    """
    mine, others = _labels_of(study, listener)
    rng = generator(protocol.seed, listener, index, "songs")
    splitter = GroupShuffleSplit(
        1, train_size=protocol.train_share, random_state=int(rng.integers(2**31))
    )
    try:
        pool, test = next(splitter.split(mine, groups=mine))
    except ValueError as error:
        raise PlanError(
            f"Listener {listener!r} has {len(mine)} labels; --train-share {protocol.train_share}"
            " of them leaves nothing to ask about or to judge on."
        ) from error
    tracks = study.track_places
    is_cold = ~np.isin(tracks[mine[test]], tracks[others])
    return Split(pool=mine[pool], test=mine[test], is_cold=is_cold, population=others)


def part(
    study: Study,
    listener: str,
    index: int,
    protocol: Protocol | Splitting,
    shares: Shares = USUAL,
) -> Split:
    """Return a listener's split by artists of that number.

    Of the judged tracks that somebody else labelled, the artists of one half (or of another share)
    are taken out of the population: they become cold, as are all that nobody else labelled.

    Raises:
        PlanError: The listener has too few labels for so many questions, or all their artists
            have too many tracks.
    """
    rng = generator(protocol.seed, listener, index, "split")
    mine, others = _labels_of(study, listener)
    n_test = shares.n_test(len(mine), protocol.n_asked)
    if n_test < shares.least_test:
        raise PlanError(
            f"Listener {listener!r} has {len(mine)} labels; {protocol.n_asked} questions leave"
            f" {max(0, n_test)} to judge on and {shares.least_test} are needed: ask fewer, or"
            " raise --min-labels."
        )
    artist = study.features.groups[study.track_places]
    test = _whole_artists(mine, artist[mine], n_test, rng)
    if not len(test):
        raise PlanError(
            f"Listener {listener!r} labelled more than {n_test} tracks of each artist; whole"
            " artists are judged, of at most so many tracks together."
        )
    is_known = np.isin(study.track_places[test], study.track_places[others])
    cold = _cold_artists(artist[test], is_known, shares.cold, rng)
    return Split(
        pool=np.setdiff1d(mine, test),
        test=test,
        is_cold=np.isin(artist[test], cold),
        population=others[~np.isin(artist[others], cold)],
    )


def _labels_of(study: Study, listener: str) -> tuple[IntVector, IntVector]:
    """Return a listener's labels, in the order of tracks' ids, and everybody else's."""
    is_mine = np.array(study.labels.listeners) == listener
    mine = np.flatnonzero(is_mine)
    # In the order of ids: the table's own order does not matter.
    mine = mine[np.argsort(np.array(study.labels.tracks)[mine], kind="stable")]
    return mine, np.flatnonzero(~is_mine)


def _whole_artists(
    mine: IntVector, artist: IntVector, n_test: int, rng: np.random.Generator
) -> IntVector:
    """Return at most ``n_test`` labels, with an artist all of that artist's."""
    taken: list[IntVector] = [mine[:0]]
    for one in rng.permutation(np.unique(artist)):
        tracks = mine[artist == one]
        if sum(map(len, taken)) + len(tracks) <= n_test:
            taken.append(tracks)
    return np.sort(np.concatenate(taken))


def _cold_artists(
    artist: IntVector, is_known: NDArray[np.bool_], share: float, rng: np.random.Generator
) -> IntVector:
    """Return the artists of judged tracks that the population must not know.

    Args:
        artist: Of each judged track ``(n_test,)``.
        is_known: Whether somebody else labelled the track ``(n_test,)``.
        share: How many of the known artists become cold.
        rng: Chooses them.
    """
    cold = np.unique(artist[~is_known])
    rest = np.setdiff1d(artist, cold)
    return np.concatenate([cold, rng.permutation(rest)[: int(len(rest) * share)]])
