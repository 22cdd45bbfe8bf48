"""AMG1608: what listeners heard in 1,608 excerpts of 30 s (Chen et al. 2015).

``AMG1608.mat`` holds ``song_label`` (1608 tracks x 665 listeners x valence and arousal in [-1, 1];
not a number where a listener did not answer), ``song_info`` (artist, title) and ``feat_cell`` (for
each track 72 features x 1199 frames). ``1608_song_id.mat`` holds ``mat_id2song_id``, the number by
which the files of features are called. The published README names these; what the numbers of
listeners and tracks are is taken from the file. A listener is called by the place in the file,
counted from 0, as in the consensus-entropy paper.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from models.arrays import FloatVector
from models.errors import DatasetError
from training.datasets.listeners import FeatureTable, ListenerLabels
from training.datasets.moments import plain_id, read_all
from training.datasets.reading import within
from training.datasets.source import found
from training.datasets.tracks import quadrants_at

ABOUT = (
    "A listener put each track on the plane; the quadrant is where the point lies. Features are"
    " mean and deviation over the track, of openSMILE's tables where there are such, otherwise of"
    " the frames that come with the labels."
)
_AXES = ("valence", "arousal")
_N_DIMENSIONS = 3


def load_labels(folder: Path) -> ListenerLabels:
    """Return every listener's quadrants.

    Raises:
        DatasetError: A file or an array is missing or of another shape, or a value is not in
            [-1, 1].
    """
    path = _mat(folder, "AMG1608.mat")
    points: NDArray[np.float64] = _array(path, "song_label")
    if points.ndim != _N_DIMENSIONS or points.shape[2] != len(_AXES):
        raise DatasetError(
            f"{path}: 'song_label' must be of shape (n_tracks, n_listeners, 2), not"
            f" {points.shape}."
        )
    ids = _song_ids(folder, len(points))
    tracks, listeners = np.nonzero(~np.isnan(points).any(axis=2))
    answers = within(points[tracks, listeners], _AXES, -1.0, path)
    return ListenerLabels(
        [str(listener) for listener in listeners.tolist()],
        [ids[track] for track in tracks.tolist()],
        quadrants_at(*answers.T),
    )


def load_features(folder: Path) -> FeatureTable:
    """Return mean and deviation of each track's features over time.

    Raises:
        DatasetError: A file or an array is missing or malformed, or no file is about a track.
    """
    path = _mat(folder, "AMG1608.mat")
    artists = [_text(cell) for cell in _array(path, "song_info")[:, 0]]
    ids = _song_ids(folder, len(artists))
    tables = found(folder, "feats", "features")
    if not tables.is_dir():
        frames = _array(path, "feat_cell").ravel()
        return FeatureTable(ids, artists, np.stack([_summary(cell) for cell in frames]))
    tracks = read_all(tables)
    there = [place for place, track in enumerate(ids) if track in tracks]
    if not there:
        raise DatasetError(
            f"{tables}: none of {len(tracks)} files is called after a track, such as {ids[0]}.csv."
        )
    return FeatureTable(
        [ids[place] for place in there],
        [artists[place] for place in there],
        np.stack([tracks[ids[place]].summary for place in there]),
    )


def _summary(frames: NDArray[np.float64]) -> FloatVector:
    """Return mean and deviation ``(2 * n_features,)`` of frames ``(n_features, n_frames)``."""
    return np.concatenate([frames.mean(axis=1), frames.std(axis=1)]).astype(np.float32)


def _song_ids(folder: Path, n_tracks: int) -> Sequence[str]:
    path = _mat(folder, "1608_song_id.mat")
    ids = [plain_id(_text(cell)) for cell in _array(path, "mat_id2song_id").ravel()]
    if len(ids) != n_tracks:
        raise DatasetError(f"{path} names {len(ids)} tracks; AMG1608.mat has {n_tracks}.")
    return ids


def _mat(folder: Path, name: str) -> Path:
    return found(folder, name, f"anno/{name}")


def _array(path: Path, name: str) -> NDArray[Any]:
    if not path.is_file():
        raise DatasetError(f"{path} is missing.")
    try:
        # By name: the frames alone are a gigabyte.
        arrays = loadmat(path, variable_names=[name])
    except (MatReadError, NotImplementedError, ValueError, TypeError, OSError) as error:
        raise DatasetError(f"{path} is no MATLAB file up to version 7: {error}") from error
    if name not in arrays:
        raise DatasetError(f"{path} has no array {name!r}.")
    return np.asarray(arrays[name])


def _text(cell: object) -> str:
    """Return what a cell holds: MATLAB's are arrays of one element, numbers or text."""
    while isinstance(cell, np.ndarray):
        cell = cell.ravel()[0] if cell.size else ""
    return str(cell).strip()
