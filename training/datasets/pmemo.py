"""PMEmo: valence and arousal of popular songs (Zhang et al. 2018).

The edition of 2018 has each listener's answers: ``Annotations/Arousal/7-A.csv`` and
``Annotations/Valence/7-V.csv`` for track 7, with a row per listener. The first column is the
listener, the second the answer about the whole excerpt; the others are answers every half second.
The dataset's README names the files; the order of the columns and the range [0, 1] are known only
from programs that read them. The edition of 2019 has averages only.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from models.errors import DatasetError
from training.datasets.listeners import FeatureTable, ListenerLabels
from training.datasets.moments import plain_id
from training.datasets.ratings import last_answers
from training.datasets.tables import matrix, numbers, other_columns, plane, read_csv
from training.datasets.tracks import LabelledTracks, PointLabels, quadrants_at

ABOUT = (
    "Listeners placed each track on two scales from 0 to 1; the quadrant is that of the point"
    " around 0.5, and 0.5 belongs to the positive side. Features are the 33 descriptors."
)
_NO_DESCRIPTORS = ("musicId", "split", "valence", "arousal", "quadrant")
_AXES = {"Valence": "V", "Arousal": "A"}
_LEAST_COLUMNS = 2


def load(folder: Path) -> LabelledTracks:
    """Return the tracks with lyrics; the quadrant is that of the mean annotation.

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
    valence, arousal = plane(numbers(table, ["valence", "arousal"], path), path, table.index).T
    return PointLabels(table["musicId"].tolist(), valence, arousal)


def load_features(folder: Path) -> FeatureTable:
    """Return the descriptors of the tracks that have them.

    Raises:
        DatasetError: A table or a column is missing, or a descriptor is not a number.
    """
    path = folder / "features_spotify.csv"
    table = read_csv(path, ["musicId"])
    descriptors = other_columns(table, _NO_DESCRIPTORS, path)
    static = read_csv(folder / "static_va.csv", ["musicId", "artist"])
    artist_of = dict(zip(static["musicId"], static["artist"], strict=True))
    return FeatureTable(
        ids=table["musicId"].tolist(),
        artists=[artist_of.get(track, "") for track in table["musicId"]],
        x=matrix(numbers(table, descriptors, path), "descriptors", path),
    )


def load_labels(folder: Path) -> ListenerLabels:
    """Return each listener's points and their quadrants, from the edition of 2018.

    Raises:
        DatasetError: The listeners' answers are missing or malformed.
    """
    annotations = folder / "Annotations"
    if not annotations.is_dir():
        raise DatasetError(
            f"{folder} holds averages over listeners only, so no listener can be simulated. The"
            " listeners' own answers are in the folder 'Annotations' of the edition of 2018."
        )
    answers = pd.concat(
        [_answers(annotations, axis) for axis in _AXES], axis="columns", join="inner"
    )
    points = answers[list(_AXES)].to_numpy(dtype=np.float64)
    return last_answers(
        answers.index.get_level_values("listener").tolist(),
        answers.index.get_level_values("track").tolist(),
        quadrants_at(*points.T),
        points=points,
    )


def _answers(annotations: Path, axis: str) -> pd.DataFrame:
    """Return one coordinate in [-1, 1], indexed by track and listener."""
    paths = sorted((annotations / axis).glob(f"*-{_AXES[axis]}.csv"))
    if not paths:
        raise DatasetError(f"{annotations / axis} holds no file like 7-{_AXES[axis]}.csv.")
    return pd.concat([_of_track(path, axis) for path in paths])


def _of_track(path: Path, axis: str) -> pd.DataFrame:
    table = read_csv(path, [])
    columns = other_columns(table, [], path)
    if len(columns) < _LEAST_COLUMNS:
        raise DatasetError(
            f"{path} has {len(columns)} columns; it needs a listener, then an answer."
        )
    listener, answer = columns[:_LEAST_COLUMNS]
    coordinates = plane(numbers(table, [answer], path), path, table.index)[:, 0]
    rows = pd.DataFrame(
        {
            "track": plain_id(path.stem.rpartition("-")[0]),
            "listener": table[listener].map(plain_id),
            axis: coordinates,
        }
    )
    return rows.drop_duplicates(["track", "listener"], keep="last").set_index(
        ["track", "listener"]
    )
