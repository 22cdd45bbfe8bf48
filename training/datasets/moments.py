"""Features of the moments of tracks: openSMILE's tables, one file per track.

A file is named after its track and ends in ``.csv``; semicolons separate the cells. The column
``frameTime`` is the start of a moment in seconds; every other column is a feature. DEAM publishes
such files with a row every half second; the consensus-entropy paper reads files of the same form
for AMG1608. Newer openSMILE writes ``mfcc_sma[1]`` for DEAM's ``pcm_fftMag_mfcc_sma[1]``; both are
read as the latter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, IntVector
from models.errors import DatasetError
from training.atomic_files import whole
from training.datasets.listeners import FeatureTable
from training.datasets.source import FRAMES, TRACKS
from training.datasets.tables import numbers, other_columns, read_csv

TIME = "frameTime"
SEPARATOR = ";"
ABOUT = {
    TRACKS: "A row of features is a track: mean and standard deviation over its moments.",
    FRAMES: "A row of features is a moment of a track.",
}
"""Description of each kind of rows, for reports."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """The features of a track's moments.

    Attributes:
        names: Names of the features ``(n_features,)``.
        times_s: Start of each moment, in seconds ``(n_moments,)``.
        x: Shape ``(n_moments, n_features)``.
    """

    names: Sequence[str]
    times_s: NDArray[np.float64]
    x: FloatMatrix

    @property
    def summary(self) -> FloatVector:
        """Means, then standard deviations over the moments ``(2 * n_features,)``."""
        # Double precision: energies of spectral bins differ by factors of 1e9.
        exact = self.x.astype(np.float64)
        return np.concatenate([exact.mean(axis=0), exact.std(axis=0)]).astype(np.float32)

    def take(self, places: IntVector) -> "Moments":
        """Return the moments at the given positions."""
        return Moments(self.names, self.times_s[places], self.x[places])


def read_moments(path: Path) -> Moments:
    """Return the features of one track's moments.

    Raises:
        DatasetError: The file is missing or not in the format above, or has no row.
    """
    table = read_csv(path, [TIME], SEPARATOR)
    features = other_columns(table, [TIME], path)
    times_s = numbers(table, [TIME], path)[:, 0]
    x = numbers(table, features, path)
    return Moments([published_name(name) for name in features], times_s, x.astype(np.float32))


def write_moments(moments: Moments, path: Path) -> None:
    """Write a track's features as a file that ``read_moments`` reads, atomically."""
    table = pd.DataFrame(moments.x, columns=list(moments.names))
    table.insert(0, TIME, moments.times_s)
    with whole(path) as unfinished:
        table.to_csv(unfinished, sep=SEPARATOR, index=False)


def read_all(folder: Path) -> dict[str, Moments]:
    """Read all files of a folder; return the moments by track id.

    Raises:
        DatasetError: There is no file, a file is not in the format, two are of one track, or the
            features differ.
    """
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise DatasetError(f"{folder} holds no table of features: no file there ends in .csv.")
    path_of: dict[str, Path] = {}
    for path in paths:
        first = path_of.setdefault(plain_id(path.stem), path)
        if first != path:
            raise DatasetError(
                f"{path} and {first.name} are both of the track {plain_id(path.stem)!r}."
            )
    tracks = {track_id: read_moments(path) for track_id, path in path_of.items()}
    names = next(iter(tracks.values())).names
    for path, moments in zip(paths, tracks.values(), strict=True):
        if moments.names != names:
            raise DatasetError(
                f"{path} has {len(moments.names)} features and {paths[0].name} has {len(names)};"
                " they must be the same, in the same order."
            )
    return tracks


def feature_table(
    tracks: Sequence[Moments], ids: Sequence[str], artists: Sequence[str], rows: str
) -> FeatureTable:
    """Return the features of tracks as a table.

    Args:
        tracks: The moments of each track ``(n_tracks,)``, at least one.
        ids: The tracks' ids ``(n_tracks,)``.
        artists: Empty where unknown ``(n_tracks,)``.
        rows: ``tracks`` for mean and standard deviation over each track, ``frames`` for every
            moment.
    """
    if rows == TRACKS:
        return FeatureTable(ids, artists, np.stack([moments.summary for moments in tracks]))
    counts = [len(moments.x) for moments in tracks]
    x = np.concatenate([moments.x for moments in tracks])
    return FeatureTable(ids, artists, x, np.concatenate([[0], np.cumsum(counts)]))


def published_name(name: str) -> str:
    """Return DEAM's name of a feature, given openSMILE's name in any version.

    >>> published_name("mfcc_sma_de[14]_amean"), published_name("pcm_zcr_sma_amean")
    ('pcm_fftMag_mfcc_sma_de[14]_amean', 'pcm_zcr_sma_amean')
    """
    return re.sub(r"^mfcc_", "pcm_fftMag_mfcc_", name)


def plain_id(name: str) -> str:
    """Return an id without leading zeros: datasets write the same number as 7, 007 and 7.0.

    >>> plain_id("007"), plain_id("7.0"), plain_id("a07")
    ('7', '7', 'a07')
    """
    bare = name.strip().removesuffix(".0")
    return str(int(bare)) if bare.isdecimal() else bare
