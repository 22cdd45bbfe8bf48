"""Numbers that describe tracks, as a table.

An NPZ file holds three plain arrays: ``ids`` and ``artist`` (text; an empty artist is unknown) and
``audio`` (numbers, one row a track). What ``python -m training embed`` writes is such a file: its
tracks without audio are left out, by the truth values in ``has_audio``, which may be missing, and
no other array is read. A CSV file has the columns ``ids``, ``artist`` and then ``audio_0``,
``audio_1`` and so on.
"""

import csv
from pathlib import Path

import numpy as np

from models.errors import DatasetError
from training.datasets.listeners import FeatureTable
from training.datasets.tables import by_ending, matrix, numbered, read_csv, read_npz


def read_features(path: Path) -> FeatureTable:
    """Return the features in a file of the format above.

    Raises:
        DatasetError: The file is missing or not in that format, or has no row.
    """
    return by_ending(path, {".npz": _read_npz, ".csv": _read_csv})(path)


def write_features(table: FeatureTable, path: Path) -> None:
    """Write features as a file that ``read_features`` reads; its ending says which.

    Raises:
        DatasetError: The file's name ends neither in .npz nor in .csv, or tracks have several
            rows.
    """
    if table.bounds is not None:
        raise DatasetError(
            f"{path} would hold one row a track; these are {len(table.x)} rows of"
            f" {len(table.ids)} tracks."
        )
    by_ending(path, {".npz": _write_npz, ".csv": _write_csv})(table, path)


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
        raise DatasetError(f"{path}: 'has_audio' must be a truth value for each track.")
    return table.take(np.flatnonzero(has_audio).tolist())


def _read_csv(path: Path) -> FeatureTable:
    table = read_csv(path, ["ids", "artist", "audio_0"])
    return FeatureTable(
        table["ids"].tolist(), table["artist"].tolist(), numbered(table, "audio", path)
    )


def _write_npz(table: FeatureTable, path: Path) -> None:
    np.savez_compressed(
        path, ids=np.array(table.ids), artist=np.array(table.artists), audio=table.x
    )


def _write_csv(table: FeatureTable, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["ids", "artist", *(f"audio_{place}" for place in range(table.x.shape[1]))])
        for track_id, artist, numbers in zip(table.ids, table.artists, table.x, strict=True):
            rows.writerow([track_id, artist, *numbers.tolist()])
