"""One's own tracks: a table of paired embeddings, as NPZ or CSV.

An NPZ file holds five plain arrays: ``ids`` and ``artist`` (text; an empty artist is unknown),
``quadrant`` (text, Q1 to Q4), ``audio`` and ``lyrics`` (numbers, one row a track). A CSV file has
the columns ``ids``, ``artist`` and ``quadrant`` and then one column a number: ``audio_0``,
``audio_1`` and so on, ``lyrics_0``, ``lyrics_1`` and so on.
"""

from pathlib import Path

import numpy as np

from training.datasets.tables import (
    by_ending,
    matrix,
    numbered,
    quadrants,
    read_csv,
    read_npz,
)
from training.datasets.tracks import PairedTable


def load(path: Path) -> PairedTable:
    """Return the tracks of a file in the format above.

    Raises:
        DatasetError: The file is missing or not in that format.
    """
    return by_ending(path, {".npz": _load_npz, ".csv": _load_csv})(path)


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
        audio=matrix(arrays["audio"], "audio", path),
        lyrics=matrix(arrays["lyrics"], "lyrics", path),
    )


def _load_csv(path: Path) -> PairedTable:
    table = read_csv(path, ["ids", "artist", "quadrant", "audio_0", "lyrics_0"])
    return PairedTable(
        ids=table["ids"].tolist(),
        y=quadrants(table["quadrant"].tolist(), path),
        artists=table["artist"].tolist(),
        audio=numbered(table, "audio", path),
        lyrics=numbered(table, "lyrics", path),
    )
