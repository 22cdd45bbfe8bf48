"""Data classes of datasets."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector
from models.errors import DatasetError
from training.datasets.folds import artist_groups

POSITIVE = "positive"


@dataclass(frozen=True, slots=True, eq=False)
class LabelledTracks:
    """Tracks with a consensus quadrant, lyrics and recordings; all of length ``n_tracks``.

    Attributes:
        ids: Unique ids.
        y: Class indices.
        artists: In the dataset's spelling; empty where unknown.
        lyrics: Empty where missing.
        audio: Recordings; an empty sequence if the dataset has no audio.

    Raises:
        DatasetError: There is no track, or an id occurs twice.
    """

    ids: Sequence[str]
    y: IntVector
    artists: Sequence[str]
    lyrics: Sequence[str]
    audio: Sequence[Path] = ()

    def __post_init__(self) -> None:
        check_ids(self.ids)

    @property
    def groups(self) -> IntVector:
        """The artist of each track, as a number ``(n_tracks,)``."""
        return artist_groups(self.artists)


@dataclass(frozen=True, slots=True, eq=False)
class PairedTable:
    """Tracks with embeddings of both modalities.

    Attributes:
        ids: Unique; ``(n_tracks,)``.
        y: Class indices ``(n_tracks,)``.
        artists: Empty where unknown ``(n_tracks,)``.
        audio: Shape ``(n_tracks, n_audio_features)``.
        lyrics: Shape ``(n_tracks, n_lyrics_features)``.

    Raises:
        DatasetError: There is no track, an id occurs twice, or the lengths differ.
    """

    ids: Sequence[str]
    y: IntVector
    artists: Sequence[str]
    audio: FloatMatrix
    lyrics: FloatMatrix

    def __post_init__(self) -> None:
        check_ids(self.ids)
        lengths = {len(part) for part in (self.ids, self.y, self.artists, self.audio, self.lyrics)}
        if len(lengths) > 1:
            raise DatasetError(f"The columns differ in length: {sorted(lengths)} tracks.")

    def take(self, rows: IntVector) -> "PairedTable":
        """Return the tracks at the given positions."""
        return PairedTable(
            [self.ids[row] for row in rows],
            self.y[rows],
            [self.artists[row] for row in rows],
            self.audio[rows],
            self.lyrics[rows],
        )

    @property
    def groups(self) -> IntVector:
        """The artist of each track, as a number ``(n_tracks,)``."""
        return artist_groups(self.artists)


@dataclass(frozen=True, slots=True, eq=False)
class PointLabels:
    """Tracks with valence and arousal.

    Attributes:
        ids: Unique; ``(n_tracks,)``.
        valence: In [-1, 1]; ``(n_tracks,)``.
        arousal: In [-1, 1]; ``(n_tracks,)``.

    Raises:
        DatasetError: There is no track, or an id occurs twice.
    """

    ids: Sequence[str]
    valence: NDArray[np.float64]
    arousal: NDArray[np.float64]

    def __post_init__(self) -> None:
        check_ids(self.ids)

    @property
    def y(self) -> IntVector:
        """The quadrant of each point, as class index."""
        return quadrants_at(self.valence, self.arousal)


def quadrants_at(valence: NDArray[np.float64], arousal: NDArray[np.float64]) -> IntVector:
    """Return the quadrant of each point, as class indices in the shape of the coordinates.

    A point on an axis belongs to the positive side, as everywhere in this project. Many datasets'
    own quadrants use the other side.

    >>> quadrants_at(np.array([0.0, -0.1]), np.array([0.0, -0.1])).tolist()
    [0, 2]
    """
    left = valence < 0
    return np.where(arousal >= 0, np.where(left, 1, 0), np.where(left, 2, 3))


def amg_quadrants_at(valence: NDArray[np.float64], arousal: NDArray[np.float64]) -> IntVector:
    """Return quadrants by the rule of the consensus-entropy paper's program for AMG1608.

    The origin and the positive half axes are Q1; the negative half axes are Q3.

    >>> amg_quadrants_at(np.array([0.0, -0.1, 0.0]), np.array([0.0, 0.0, -0.1])).tolist()
    [0, 2, 2]
    """
    cases = [
        (arousal >= 0) & (valence >= 0),
        (arousal > 0) & (valence < 0),
        (arousal <= 0) & (valence <= 0),
    ]
    return np.select(cases, [0, 1, 2], default=3).astype(np.int64)


BORDERS: Mapping[str, Callable[[NDArray[np.float64], NDArray[np.float64]], IntVector]] = {
    POSITIVE: quadrants_at,
    "amg": amg_quadrants_at,
}
"""Rules for points on an axis, by name."""


def check_ids(ids: Sequence[str]) -> None:
    """Check that there are ids and that they are unique.

    Raises:
        DatasetError: There is no id, or one occurs twice.
    """
    if not ids:
        raise DatasetError("The dataset has no labelled track.")
    (name, times), *_ = Counter(ids).most_common(1)
    if times > 1:
        raise DatasetError(f"The track {name!r} occurs {times} times; an id must be unique.")
