"""DEAM: valence and arousal of whole tracks and of every half second (Aljanaki et al. 2017).

The tables lie either in one folder, as in ``../shared/data``, or in the published folders. The
dataset also has openSMILE features (``features``, one table per track), the recordings, and each
rater's answers about whole tracks, from 1 to 9.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.errors import DatasetError
from training.datasets.listeners import FeatureTable, ListenerLabels
from training.datasets.moments import Moments, feature_table, plain_id, read_all
from training.datasets.ratings import last_answers
from training.datasets.recordings import recordings_in
from training.datasets.source import FRAMES, TRACKS, found
from training.datasets.tables import numbers, plane, read_csv, within
from training.datasets.tracks import PointLabels, check_ids, quadrants_at

ABOUT = (
    "A rater placed each track on two scales from 1 to 9; the quadrant is that of the point"
    " around 5, and 5 belongs to the positive side. Features are openSMILE's. Artists are not"
    " read: every track is its own group."
)
ABOUT_POPULATION = {
    FRAMES: (
        "A row is half a second of a track, with openSMILE's features and the quadrant of the"
        " raters' mean answer. All rows of a track are one group."
    ),
    TRACKS: (
        "A row is a track, with mean and standard deviation of openSMILE's features over the"
        " rated half seconds, and the quadrant of the raters' mean answer."
    ),
}
_AVERAGED = "annotations averaged per song/dynamic (per second annotations)"
_EACH = "annotations per each rater/song_level"
_RATERS = ("static_annotations_songs_1_2000.csv", "static_annotations_songs_2000_2058.csv")
_RENAMED = {"valence_average": "valence", "arousal_average": "arousal"}
_MIDDLE, _REACH = 5.0, 4.0
_SECOND_MS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class FrameLabels:
    """The half seconds of a track with both answers and features.

    Attributes:
        track: The track's id.
        points: Mean valence and arousal ``(n_moments, 2)``.
        moments: The features.
    """

    track: str
    points: NDArray[np.float64]
    moments: Moments


def load(folder: Path) -> PointLabels:
    """Return the mean valence and arousal of every track.

    Raises:
        DatasetError: The table or a column is missing, or a value is not in [0, 1].
    """
    path = folder / "static_1802.csv"
    table = read_csv(path, ["song_id", "valence01", "arousal01"])
    valence, arousal = plane(numbers(table, ["valence01", "arousal01"], path), path, table.index).T
    return PointLabels(table["song_id"].tolist(), valence, arousal)


def load_labels(folder: Path) -> ListenerLabels:
    """Return each rater's points and their quadrants.

    Raises:
        DatasetError: The raters' tables are missing or malformed.
    """
    paths = [
        found(folder, name, f"{_EACH}/{name}", f"annotations/{_EACH}/{name}") for name in _RATERS
    ]
    there = [path for path in paths if path.is_file()]
    if not there:
        raise DatasetError(
            f"{folder} holds averages over raters only, so no listener can be simulated. The"
            f" raters' own answers are published as {_RATERS[0]}."
        )
    answers = pd.concat([_rater_answers(path) for path in there])
    points = answers[["valence", "arousal"]].to_numpy(dtype=np.float64)
    return last_answers(
        answers["workerid"].tolist(),
        answers["songid"].tolist(),
        quadrants_at(*points.T),
        points=points,
    )


def load_features(folder: Path, rows: str = TRACKS) -> FeatureTable:
    """Return the openSMILE features of each track, or of each of its moments.

    Args:
        folder: The dataset's folder.
        rows: One of ``training.datasets.source.ROWS``.

    Raises:
        DatasetError: The tables are missing or malformed.
    """
    tracks = _read_features(folder)
    return feature_table(list(tracks.values()), list(tracks), [""] * len(tracks), rows)


def load_rated(folder: Path, rows: str) -> tuple[PointLabels, FeatureTable]:
    """Return mean answers and features of tracks, or of their half seconds.

    A half second is used if it has an answer on both axes and a row of features that begins at
    the same time. Its id is ``track@seconds``; its artist is the track.

    Args:
        folder: The dataset's folder.
        rows: One of ``training.datasets.source.ROWS``; a track's answer is the mean over its half
            seconds.

    Raises:
        DatasetError: A table is missing or malformed, or no half second has both.
    """
    frames = list(_rated_frames(folder))
    if not frames:
        raise DatasetError(f"{folder}: no annotated half second has features.")
    return _by_track(frames) if rows == TRACKS else _by_moment(frames)


def recordings(folder: Path) -> dict[str, Path]:
    """Return the recordings, by track."""
    return recordings_in(
        *(folder / name for name in ("MEMD_audio", "audio", "DEAM_audio/MEMD_audio"))
    )


def _by_track(frames: Sequence[FrameLabels]) -> tuple[PointLabels, FeatureTable]:
    ids = [one.track for one in frames]
    points = np.stack([one.points.mean(axis=0) for one in frames])
    x = np.stack([one.moments.summary for one in frames])
    return PointLabels(ids, *points.T), FeatureTable(ids, ids, x)


def _by_moment(frames: Sequence[FrameLabels]) -> tuple[PointLabels, FeatureTable]:
    ids = [f"{one.track}@{start_s}" for one in frames for start_s in one.moments.times_s]
    tracks = [one.track for one in frames for _ in one.points]
    points = np.concatenate([one.points for one in frames])
    x = np.concatenate([one.moments.x for one in frames])
    return PointLabels(ids, *points.T), FeatureTable(ids, tracks, x)


def _read_features(folder: Path) -> dict[str, Moments]:
    return read_all(found(folder, "features/features", "features"))


def _rated_frames(folder: Path) -> Iterator[FrameLabels]:
    valence, arousal = (_answers(folder, axis) for axis in ("valence", "arousal"))
    ids = [track for track in valence.index if track in arousal.index]
    answered_ms = valence.columns.intersection(arousal.columns)
    answers = np.stack(
        [axis.loc[ids, answered_ms].to_numpy() for axis in (valence, arousal)], axis=2
    )
    tracks = _read_features(folder)
    for track, points in zip(ids, answers, strict=True):
        if track not in tracks:
            continue
        is_answered = ~np.isnan(points).any(axis=1)
        begin_ms = np.rint(tracks[track].times_s * _SECOND_MS).astype(np.int64)
        _, of_answers, of_features = np.intersect1d(
            answered_ms[is_answered], begin_ms, return_indices=True
        )
        if len(of_features):
            yield FrameLabels(
                track, points[is_answered][of_answers], tracks[track].take(of_features)
            )


def _answers(folder: Path, axis: str) -> pd.DataFrame:
    """Return the mean answers on an axis, tracks x milliseconds; NaN where missing."""
    path = found(
        folder,
        f"dynamic_{axis}.csv",
        f"{_AVERAGED}/{axis}.csv",
        f"annotations/{_AVERAGED}/{axis}.csv",
        f"deam_annotations/{axis}.csv",
        f"{axis}.csv",
    )
    table = read_csv(path, ["song_id"])
    samples = [column for column in table.columns if column.startswith("sample_")]
    answers = within(
        numbers(table, samples, path, may_lack=True), samples, -1.0, path, table.index
    )
    tracks = table["song_id"].map(plain_id).tolist()
    check_ids(tracks)
    return pd.DataFrame(answers, tracks, _starts(samples, path))


def _starts(samples: list[str], path: Path) -> list[int]:
    """Return the start of each column's half second, in milliseconds."""
    starts = [name.removeprefix("sample_").removesuffix("ms") for name in samples]
    for name, start in zip(samples, starts, strict=True):
        if not start.isdecimal():
            raise DatasetError(f"{path} has the column {name!r}; expected is sample_500ms.")
    return [int(start) for start in starts]


def _rater_answers(path: Path) -> pd.DataFrame:
    """Return a table with ``workerid``, ``songid``, ``valence`` and ``arousal``."""
    # The published headers differ in case and in surrounding blanks.
    table = read_csv(path, [], has_tidy_names=False)
    headers = [name.lower() for name in table.columns]
    table.columns = [_RENAMED.get(name, name) for name in headers]
    for column in ("workerid", "songid", "valence", "arousal"):
        if column not in table:
            raise DatasetError(f"{path} has no column {column!r}.")
    ratings: NDArray[np.float64] = numbers(table, ["valence", "arousal"], path)
    points = within((ratings - _MIDDLE) / _REACH, ["valence", "arousal"], -1.0, path, table.index)
    return pd.DataFrame(
        {
            "workerid": table["workerid"].str.strip(),
            "songid": table["songid"].map(plain_id),
            "valence": points[:, 0],
            "arousal": points[:, 1],
        }
    )
