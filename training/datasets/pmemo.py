"""PMEmo: popular songs placed on the plane (Zhang et al. 2018)."""

from pathlib import Path

from models.errors import DatasetError
from training.datasets.reading import numbers, plane, read_csv
from training.datasets.tracks import LabelledTracks, PointLabels


def load(folder: Path) -> LabelledTracks:
    """Return the tracks that have lyrics; their quadrant is where their mean annotation lies.

    Raises:
        DatasetError: A table, a column or a track's annotation is missing.
    """
    points = load_points(folder)
    static = read_csv(folder / "static_va.csv", ["artist"])
    place = {track_id: row for row, track_id in enumerate(points.ids)}
    path = folder / "lyrics.csv"
    table = read_csv(path, ["musicId", "lyrics"])
    for track_id in table["musicId"]:
        if track_id not in place:
            raise DatasetError(f"{path} has the track {track_id!r}, which static_va.csv lacks.")
    rows = [place[track_id] for track_id in table["musicId"]]
    return LabelledTracks(
        ids=table["musicId"].tolist(),
        y=points.y[rows],
        artists=static["artist"].iloc[rows].tolist(),
        lyrics=table["lyrics"].str.strip().tolist(),
    )


def load_points(folder: Path) -> PointLabels:
    """Return every track's mean valence and arousal.

    Raises:
        DatasetError: The table or a column is missing, or a value is not in [0, 1].
    """
    path = folder / "static_va.csv"
    table = read_csv(path, ["musicId", "valence", "arousal"])
    valence, arousal = plane(numbers(table, ["valence", "arousal"], path), path).T
    return PointLabels(table["musicId"].tolist(), valence, arousal)
