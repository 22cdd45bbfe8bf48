"""Features of the moments of tracks: openSMILE's tables, one file a track.

A file is called after its track and ends in ``.csv``; cells are parted by semicolons. The first
column is ``frameTime``, in seconds; every other column is a number about the moment that begins
there. DEAM publishes such files with a row every half second, and what the consensus-entropy paper
reads for AMG1608 is of the same form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector
from models.errors import DatasetError
from training.datasets.reading import matrix
from training.files import whole

TIME = "frameTime"
SEPARATOR = ";"


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """The features of a track's moments.

    Attributes:
        names: What each feature is called ``(n_features,)``.
        times_s: Where each moment begins, in seconds ``(n_moments,)``.
        x: Shape ``(n_moments, n_features)``.
    """

    names: Sequence[str]
    times_s: NDArray[np.float64]
    x: FloatMatrix

    @property
    def summary(self) -> FloatVector:
        """Mean, then deviation of each feature over the moments ``(2 * n_features,)``."""
        # In double precision: a bin of the spectrum's energy can be 1e9 times another.
        exact = self.x.astype(np.float64)
        return np.concatenate([exact.mean(axis=0), exact.std(axis=0)]).astype(np.float32)

    def in_second(self, second: int) -> FloatVector | None:
        """Return the mean over the moments that begin in a second, nothing where none does."""
        begin = (self.times_s >= second) & (self.times_s < second + 1)
        if not begin.any():
            return None
        return np.asarray(self.x[begin].mean(axis=0, dtype=np.float64), dtype=np.float32)


def read_moments(path: Path) -> Moments:
    """Return the features of one track's moments.

    Raises:
        DatasetError: The file is missing or not in the format above, or has no row.
    """
    if not path.is_file():
        raise DatasetError(f"{path} is missing.")
    try:
        table = pd.read_csv(path, sep=SEPARATOR)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} is no table: {error}") from error
    if TIME not in table.columns:
        raise DatasetError(f"{path} has no column {TIME!r}; its cells must be parted by ';'.")
    if table.empty:
        raise DatasetError(f"{path} has no row.")
    for column, kind in table.dtypes.items():
        if not pd.api.types.is_numeric_dtype(kind):
            raise DatasetError(f"{path} has something in {column!r} that is not a number.")
    names = [str(name) for name in table.columns if name != TIME]
    times_s = table[TIME].to_numpy(dtype=np.float64)
    return Moments(names, times_s, matrix(table[names].to_numpy(), "features", path))


def write_moments(moments: Moments, path: Path) -> None:
    """Write a track's features as a file that ``read_moments`` reads, whole or not at all."""
    table = pd.DataFrame(moments.x, columns=list(moments.names))
    table.insert(0, TIME, moments.times_s)
    with whole(path) as unfinished:
        table.to_csv(unfinished, sep=SEPARATOR, index=False)


def read_all(folder: Path) -> dict[str, Moments]:
    """Return the moments of every track that has a file in a folder, by the track's id.

    Raises:
        DatasetError: There is no file, one is not in the format, or two hold different features.
    """
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise DatasetError(f"{folder} holds no table of features: no file there ends in .csv.")
    tracks = {plain_id(path.stem): read_moments(path) for path in paths}
    names = next(iter(tracks.values())).names
    for path, moments in zip(paths, tracks.values(), strict=True):
        if moments.names != names:
            raise DatasetError(
                f"{path} has {len(moments.names)} features and {paths[0].name} has {len(names)};"
                " they must be the same, in the same order."
            )
    return tracks


def plain_id(name: str) -> str:
    """Return an id without leading zeros: datasets write one number as 7, 007 and 7.0.

    >>> plain_id("007"), plain_id("7.0"), plain_id("a07")
    ('7', '7', 'a07')
    """
    bare = name.strip().removesuffix(".0")
    return str(int(bare)) if bare.isdecimal() else bare
