"""Split a listener's tracks into a pool to ask about and a test set."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit

from models.arrays import IntVector
from training.datasets.listeners import Study
from training.experiments.protocol import PlanError, Protocol, SongProtocol
from training.experiments.seeds import generator


@dataclass(frozen=True, slots=True, eq=False)
class JudgedTracks:
    """The test tracks of one split, or the rows of these tracks.

    Attributes:
        y: The listener's quadrants as class indices ``(n_test,)``.
        is_cold: Whether the population has no label of the track or of its artist ``(n_test,)``;
            the other tracks are warm.
    """

    y: IntVector
    is_cold: NDArray[np.bool_]

    @property
    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The stored arrays by name."""
        return {"y": self.y, "is_cold": self.is_cold}

    @property
    def part_sizes(self) -> IntVector:
        """Numbers of all, warm and cold tracks ``(n_parts,)``."""
        n_all, n_cold = len(self.y), int(self.is_cold.sum())
        return np.array([n_all, n_all - n_cold, n_cold])

    def equals(self, other: "JudgedTracks") -> bool:
        """Return whether both have the same labels and the same cold tracks."""
        return np.array_equal(self.y, other.y) and np.array_equal(self.is_cold, other.is_cold)

    @classmethod
    def of(cls, stored: Mapping[str, NDArray[np.generic]]) -> "JudgedTracks":
        """Return the tracks from stored arrays."""
        return cls(stored["y"].astype(np.int64), stored["is_cold"].astype(np.bool_))


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One split of a listener's labels; if artists are split, pool and test share no artist.

    Attributes:
        pool: Labels to ask for, as places in the study ``(n_pool,)``.
        test: Test labels, as places in the study ``(n_test,)``.
        is_cold: Whether the population has no label of the test track or of its artist
            ``(n_test,)``.
        population: The other listeners' labels that the shared models learn from, as places in
            the study; none on an artist of a cold track.
    """

    pool: IntVector
    test: IntVector
    is_cold: NDArray[np.bool_]
    population: IntVector


def split_of(study: Study, listener: str, index: int, protocol: SongProtocol) -> Split:
    """Return a listener's split with this index, by whole artists or by songs.

    Raises:
        PlanError: The listener has too few labels.
    """
    if protocol.split == "artists":
        return part(study, listener, index, protocol)
    return _by_songs(study, listener, index, protocol)


def _by_songs(study: Study, listener: str, index: int, protocol: SongProtocol) -> Split:
    """Return a split by the rule of the paper's code: songs at random, regardless of artist.

    The population keeps its labels of the test songs; songs that no other listener labelled are
    cold.
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
            " of them leaves an empty pool or an empty test set."
        ) from error
    tracks = study.track_places
    is_cold = ~np.isin(tracks[mine[test]], tracks[others])
    return Split(pool=mine[pool], test=mine[test], is_cold=is_cold, population=others)


def part(study: Study, listener: str, index: int, protocol: Protocol) -> Split:
    """Return a listener's split by artists with this index.

    A test track that no other listener labelled is cold. Of the artists of the other test tracks,
    ``cold_share`` become cold too: their labels are removed from the population.

    Raises:
        PlanError: The listener has too few labels for this number of questions, or each of their
            artists has too many tracks.
    """
    rng, shares = generator(protocol.seed, listener, index, "split"), protocol.shares
    mine, others = _labels_of(study, listener)
    n_test = shares.n_test(len(mine), protocol.n_questions)
    if n_test < shares.least_test:
        raise PlanError(
            f"Listener {listener!r} has {len(mine)} labels; {protocol.n_questions} questions leave"
            f" {max(0, n_test)} to judge on and {shares.least_test} are needed: ask fewer"
            " questions, or raise --min-labels."
        )
    artist = study.features.groups[study.track_places]
    test = _whole_artists(mine, artist[mine], n_test, rng)
    if not len(test):
        raise PlanError(
            f"Listener {listener!r} labelled more than {n_test} tracks of each artist; the test"
            f" set holds whole artists and at most {n_test} tracks."
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
    """Return the places of a listener's labels, in order of track ids, and of all others."""
    is_mine = np.array(study.labels.listeners) == listener
    mine = np.flatnonzero(is_mine)
    # Sorted by id, so that the order of the table does not matter.
    mine = mine[np.argsort(np.array(study.labels.tracks)[mine], kind="stable")]
    return mine, np.flatnonzero(~is_mine)


def _whole_artists(
    mine: IntVector, artist: IntVector, n_test: int, rng: np.random.Generator
) -> IntVector:
    """Return at most ``n_test`` labels: all or none of each artist's."""
    taken: list[IntVector] = [mine[:0]]
    for one in rng.permutation(np.unique(artist)):
        tracks = mine[artist == one]
        if sum(map(len, taken)) + len(tracks) <= n_test:
            taken.append(tracks)
    return np.sort(np.concatenate(taken))


def _cold_artists(
    artist: IntVector, is_known: NDArray[np.bool_], share: float, rng: np.random.Generator
) -> IntVector:
    """Return the artists whose labels are removed from the population.

    Args:
        artist: Artist of each test track ``(n_test,)``.
        is_known: Whether another listener labelled the track ``(n_test,)``.
        share: Share of the known artists to return as well.
        rng: Chooses among the known artists.
    """
    cold = np.unique(artist[~is_known])
    rest = np.setdiff1d(artist, cold)
    return np.concatenate([cold, rng.permutation(rest)[: int(len(rest) * share)]])
