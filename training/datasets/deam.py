"""DEAM: tracks placed on the plane, as a whole and every half second (Aljanaki et al. 2017).

The tables lie either side by side, as ``../shared/data`` has them, or in the folders in which they
are published. Features are published too (``features``, one openSMILE table a track); so is what
each rater said of whole tracks, on a scale from 1 to 9. Both are read where they are.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.errors import DatasetError
from training.datasets.answers import last_answers
from training.datasets.listeners import FeatureTable, ListenerLabels
from training.datasets.moments import plain_id, read_all
from training.datasets.reading import numbers, plane, read_csv, within
from training.datasets.source import found
from training.datasets.tracks import PointLabels, quadrants_at

ABOUT = (
    "A rater put each track on two scales from 1 to 9; a quadrant is where the point lies around"
    " 5, which belongs to the positive side. Features are openSMILE's, mean and deviation over the"
    " track. Artists are not read: every track is its own group."
)
ABOUT_SECONDS = (
    "A row is a second of a track: the quadrant of the raters' mean answer in it, and the mean of"
    " openSMILE's rows that begin in it. All seconds of a track are one group."
)
_AVERAGED = "annotations averaged per song/dynamic (per second annotations)"
_EACH = "annotations per each rater/song_level"
_RATERS = ("static_annotations_songs_1_2000.csv", "static_annotations_songs_2000_2058.csv")
_RENAMED = {"valence_average": "valence", "arousal_average": "arousal"}
_MIDDLE, _REACH = 5.0, 4.0
_SECOND_MS = 1000


def load(folder: Path) -> PointLabels:
    """Return every track's mean valence and arousal over the whole excerpt.

    Raises:
        DatasetError: The table or a column is missing, or a value is not in [0, 1].
    """
    path = folder / "static_1802.csv"
    table = read_csv(path, ["song_id", "valence01", "arousal01"])
    valence, arousal = plane(numbers(table, ["valence01", "arousal01"], path), path).T
    return PointLabels(table["song_id"].tolist(), valence, arousal)


def load_seconds(folder: Path) -> PointLabels:
    """Return the mean answer in every second of every track; its id is ``track@second``.

    A second is two answers, the one at its start and the one half a second later; a last second of
    which only one is there is that one.

    Raises:
        DatasetError: A table or a column is missing, or a value is not in [-1, 1].
    """
    by_axis = [_seconds(folder, axis) for axis in ("valence", "arousal")]
    both = pd.concat(by_axis, axis="columns", join="inner")
    ids = [f"{track}@{second}" for track, second in both.index]
    return PointLabels(ids, *both.to_numpy(dtype=np.float64).T)


def load_labels(folder: Path) -> ListenerLabels:
    """Return each rater's quadrants.

    Raises:
        DatasetError: What single raters said is not there, or is malformed.
    """
    paths = [
        found(folder, name, f"{_EACH}/{name}", f"annotations/{_EACH}/{name}") for name in _RATERS
    ]
    there = [path for path in paths if path.is_file()]
    if not there:
        raise DatasetError(
            f"{folder} holds averages over raters only: there is nobody to simulate. What each"
            f" rater said is published as {_RATERS[0]}."
        )
    said = pd.concat([_rated(path) for path in there])
    return last_answers(
        said["workerid"].tolist(), said["songid"].tolist(), said["y"].to_numpy(dtype=np.int64)
    )


def load_features(folder: Path) -> FeatureTable:
    """Return mean and deviation over each track of its openSMILE features.

    Raises:
        DatasetError: The tables are missing or malformed.
    """
    tracks = read_all(found(folder, "features", "features/features"))
    summaries = np.stack([moments.summary for moments in tracks.values()])
    return FeatureTable(list(tracks), [""] * len(tracks), summaries)


def load_moments(folder: Path) -> tuple[PointLabels, FeatureTable]:
    """Return answers and features of the seconds that have both.

    Raises:
        DatasetError: A table is missing or malformed, or no second has both.
    """
    points = load_seconds(folder)
    tracks = read_all(found(folder, "features", "features/features"))
    places, rows, artists = [], [], []
    for place, (track, _, second) in enumerate(name.rpartition("@") for name in points.ids):
        heard = tracks[track].in_second(int(second)) if track in tracks else None
        if heard is not None:
            places.append(place)
            rows.append(heard)
            artists.append(track)
    if not places:
        raise DatasetError(f"{folder}: no second that was annotated has features.")
    kept = PointLabels(
        [points.ids[place] for place in places], points.valence[places], points.arousal[places]
    )
    return kept, FeatureTable(kept.ids, artists, np.stack(rows))


def _seconds(folder: Path, axis: str) -> "pd.Series[float]":
    """Return one axis' mean in every second, by track and second."""
    path = found(
        folder,
        f"dynamic_{axis}.csv",
        f"{_AVERAGED}/{axis}.csv",
        f"annotations/{_AVERAGED}/{axis}.csv",
    )
    table = read_csv(path, ["song_id"])
    samples = [column for column in table.columns if column.startswith("sample_")]
    said = within(numbers(table, samples, path, may_lack=True), samples, -1.0, path)
    seconds = pd.Index([start // _SECOND_MS for start in _starts(samples, path)], name="second")
    tracks = pd.Index(table["song_id"].map(plain_id), name="track")
    by_second = pd.DataFrame(said.T, seconds, tracks).groupby(level="second").mean()
    return pd.Series(by_second.unstack(), name=axis).dropna()


def _starts(samples: list[str], path: Path) -> list[int]:
    """Return when each column's answer was given, in milliseconds."""
    starts = [name.removeprefix("sample_").removesuffix("ms") for name in samples]
    for name, start in zip(samples, starts, strict=True):
        if not start.isdecimal():
            raise DatasetError(f"{path} has the column {name!r}, which is not like sample_500ms.")
    return [int(start) for start in starts]


def _rated(path: Path) -> pd.DataFrame:
    """Return one table of raters' answers: ``workerid``, ``songid`` and ``y``."""
    table = read_csv(path, [])
    # The published headers differ in case and in blanks around the names.
    table.columns = [_RENAMED.get(name, name) for name in map(_bare, table.columns)]
    for column in ("workerid", "songid", "valence", "arousal"):
        if column not in table:
            raise DatasetError(f"{path} has no column {column!r}.")
    answers: NDArray[np.float64] = numbers(table, ["valence", "arousal"], path)
    points = within((answers - _MIDDLE) / _REACH, ["valence", "arousal"], -1.0, path)
    return pd.DataFrame(
        {
            "workerid": table["workerid"].str.strip(),
            "songid": table["songid"].map(plain_id),
            "y": quadrants_at(*points.T),
        }
    )


def _bare(name: str) -> str:
    return name.strip().lower()
