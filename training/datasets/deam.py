"""DEAM: tracks placed on the plane (Aljanaki et al. 2017); annotations only, no audio."""

from pathlib import Path

from training.datasets.reading import numbers, plane, read_csv
from training.datasets.tracks import PointLabels


def load(folder: Path) -> PointLabels:
    """Return every track's mean valence and arousal over the whole excerpt.

    Raises:
        DatasetError: The table or a column is missing, or a value is not in [0, 1].
    """
    path = folder / "static_1802.csv"
    table = read_csv(path, ["song_id", "valence01", "arousal01"])
    valence, arousal = plane(numbers(table, ["valence01", "arousal01"], path), path).T
    return PointLabels(table["song_id"].tolist(), valence, arousal)
