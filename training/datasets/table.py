"""One's own tracks: a table of paired embeddings, as NPZ or CSV.

An NPZ file holds five plain arrays: ``ids`` and ``artist`` (text; an empty artist is unknown),
``quadrant`` (text, Q1 to Q4), ``audio`` and ``lyrics`` (numbers, one row a track). A CSV file has
the columns ``ids``, ``artist`` and ``quadrant`` and then one column a number: ``audio_0``,
``audio_1`` and so on, ``lyrics_0``, ``lyrics_1`` and so on.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import FloatMatrix
from models.errors import DatasetError
from training.datasets.reading import numbers, quadrants, read_csv, read_npz
from training.datasets.tracks import PairedTable

_MATRIX = 2


def load(path: Path) -> PairedTable:
    """Return the tracks of a file in the format above.

    Raises:
        DatasetError: The file is missing or not in that format.
    """
    if path.suffix == ".npz":
        return _load_npz(path)
    if path.suffix == ".csv":
        return _load_csv(path)
    raise DatasetError(
        f"{path} ends in {path.suffix!r}; tables are read from .npz and .csv files."
    )


def save(table: PairedTable, path: Path) -> None:
    """Write tracks as an NPZ file that ``load`` reads."""
    np.savez_compressed(
        path,
        ids=np.array(table.ids),
        artist=np.array(table.artists),
        quadrant=np.array([f"Q{k + 1}" for k in table.y]),
        audio=table.audio,
        lyrics=table.lyrics,
    )


def _load_npz(path: Path) -> PairedTable:
    arrays = read_npz(path, ["ids", "artist", "quadrant", "audio", "lyrics"])
    return PairedTable(
        ids=[str(name) for name in arrays["ids"]],
        y=quadrants([str(name) for name in arrays["quadrant"]], path),
        artists=[str(name) for name in arrays["artist"]],
        audio=_embeddings(arrays["audio"], "audio", path),
        lyrics=_embeddings(arrays["lyrics"], "lyrics", path),
    )


def _embeddings(array: NDArray[np.generic], name: str, path: Path) -> FloatMatrix:
    if array.ndim != _MATRIX or not np.issubdtype(array.dtype, np.number):
        raise DatasetError(
            f"{path}: {name!r} must be numbers (n_tracks, n_features), not {array.dtype}"
            f" of shape {array.shape}."
        )
    numeric = array.astype(np.float32)
    if not np.isfinite(numeric).all():
        raise DatasetError(f"{path}: {name!r} holds a number that is not finite.")
    return numeric


def _load_csv(path: Path) -> PairedTable:
    table = read_csv(path, ["ids", "artist", "quadrant", "audio_0", "lyrics_0"])
    return PairedTable(
        ids=table["ids"].tolist(),
        y=quadrants(table["quadrant"].tolist(), path),
        artists=table["artist"].tolist(),
        audio=_numbered(table, "audio", path),
        lyrics=_numbered(table, "lyrics", path),
    )


def _numbered(table: pd.DataFrame, name: str, path: Path) -> FloatMatrix:
    columns = [column for column in table.columns if re.fullmatch(rf"{name}_\d+", column)]
    in_order = sorted(columns, key=lambda column: int(column.rpartition("_")[2]))
    return numbers(table, in_order, path).astype(np.float32)
