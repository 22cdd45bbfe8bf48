"""A user's own table of paired embeddings, as NPZ or CSV.

An NPZ file holds five arrays: ``ids`` and ``artist`` (text; an unknown artist is empty),
``quadrant`` (text: Q1 to Q4, or a word such as happy), ``audio`` and ``lyrics`` (numbers, one row
per track). A CSV file has the columns ``ids``, ``artist``, ``quadrant``, ``audio_0``, ``audio_1``
and so on, and ``lyrics_0``, ``lyrics_1`` and so on.
"""

from pathlib import Path

import pandas as pd

from training.datasets.tables import (
    by_ending,
    matrix,
    numbered,
    quadrants,
    read_csv,
    read_npz,
    texts,
)
from training.datasets.tracks import PairedTable


def load(path: Path) -> PairedTable:
    """Read a file of the format above.

    Raises:
        DatasetError: The file is missing or not in that format.
    """
    return by_ending(path, {".npz": _load_npz, ".csv": _load_csv})(path)


def _load_npz(path: Path) -> PairedTable:
    arrays = read_npz(path, ["ids", "artist", "quadrant", "audio", "lyrics"])
    return PairedTable(
        ids=[str(name) for name in arrays["ids"]],
        y=quadrants(pd.Series([str(name) for name in arrays["quadrant"]]), path),
        artists=[str(name) for name in arrays["artist"]],
        audio=matrix(arrays["audio"], "audio", path),
        lyrics=matrix(arrays["lyrics"], "lyrics", path),
    )


def _load_csv(path: Path) -> PairedTable:
    table = read_csv(path, ["ids", "artist", "quadrant", "audio_0", "lyrics_0"])
    return PairedTable(
        ids=texts(table, "ids", path),
        y=quadrants(table["quadrant"], path),
        artists=table["artist"].tolist(),
        audio=numbered(table, "audio", path),
        lyrics=numbered(table, "lyrics", path),
    )
