"""Tables of track features.

An NPZ file holds the arrays ``ids`` and ``artist`` (text; an unknown artist is empty), ``audio``
(numbers, one row per track) and optionally ``has_audio`` (booleans; tracks without audio are left
out). ``python -m training embed`` writes such files; other arrays are ignored. A CSV file has the
columns ``ids``, ``artist``, ``audio_0``, ``audio_1`` and so on.
"""

from pathlib import Path

import numpy as np

from models.errors import DatasetError
from training.datasets.listeners import FeatureTable
from training.datasets.tables import by_ending, matrix, numbered, read_csv, read_npz, texts


def read_features(path: Path) -> FeatureTable:
    """Read a file of the format above.

    Raises:
        DatasetError: The file is missing or not in that format, or has no row.
    """
    return by_ending(path, {".npz": _read_npz, ".csv": _read_csv})(path)


def _read_npz(path: Path) -> FeatureTable:
    arrays = read_npz(path, ["ids", "artist", "audio"], optional=["has_audio"])
    table = FeatureTable(
        ids=[str(name) for name in arrays["ids"]],
        artists=[str(name) for name in arrays["artist"]],
        x=matrix(arrays["audio"], "audio", path),
    )
    if "has_audio" not in arrays:
        return table
    has_audio = arrays["has_audio"]
    if has_audio.shape != (len(table.ids),) or has_audio.dtype != np.bool_:
        raise DatasetError(f"{path}: 'has_audio' must hold one boolean per track.")
    return table.take(np.flatnonzero(has_audio).tolist())


def _read_csv(path: Path) -> FeatureTable:
    table = read_csv(path, ["ids", "artist", "audio_0"])
    return FeatureTable(
        texts(table, "ids", path), table["artist"].tolist(), numbered(table, "audio", path)
    )
